import { randomBytes } from "node:crypto";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { S3 } from "./start-services.ts";

export type Bucket = { client: S3Client; bucket: string };

/** A new, empty bucket, and the plain SDK to reach it; it goes with the services. */
export const createBucket = async ({ endpoint, region, ...credentials }: S3): Promise<Bucket> => {
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
  const bucket = `bench-${randomBytes(6).toString("hex")}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return { client, bucket };
};
