import { randomBytes } from "node:crypto";
import { AwsClient } from "aws4fetch";
import { testServices } from "./services.ts";

export type TestBucket = AsyncDisposable & {
  endpoint: string;
  region: string;
  bucket: string;
  forcePathStyle: true;
  accessKeyId: string;
  secretAccessKey: string;
};

/**
 * A new, empty bucket of its own. What is in it goes with the store's folder at the end of the test run.
 *
 * @example await using s3 = await createTestBucket();
 */
export const createTestBucket = async (): Promise<TestBucket> => {
  const { s3 } = testServices();
  const bucket = `test-${randomBytes(6).toString("hex")}`;
  const client = new AwsClient({ ...s3, service: "s3", retries: 0 });
  const answer = await client.fetch(`${s3.endpoint}/${bucket}`, { method: "PUT" });
  if (!answer.ok) throw new Error(`Bucket ${bucket} was not made: ${answer.status} ${await answer.text()}`);
  return { ...s3, bucket, forcePathStyle: true, [Symbol.asyncDispose]: async () => {} };
};
