import { CreateBucketCommand, HeadBucketCommand, PutBucketCorsCommand } from "@aws-sdk/client-s3";
import type { ObjectStore } from "./client.ts";
import { answerOf, failStorage } from "./failures.ts";

/** Makes the bucket where it is missing. @throws LoraloomError `storage_unavailable` */
export const ensureBucket = async (objects: ObjectStore): Promise<void> => {
  if (await hasBucket(objects)) return;
  try {
    await objects.client.send(new CreateBucketCommand({ Bucket: objects.bucket }));
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!(await hasBucket(objects))) failStorage("make the bucket", error);
  }
};

const hasBucket = async (objects: ObjectStore): Promise<boolean> => {
  try {
    await objects.client.send(new HeadBucketCommand({ Bucket: objects.bucket }));
    return true;
  } catch (error) {
    if (answerOf(error) === "missing") return false;
    return failStorage("answer", error);
  }
};

/** Lets pages of these origins use presigned URLs. @throws LoraloomError `storage_unavailable` */
export const applyCors = async (objects: ObjectStore, origins: string[]): Promise<void> => {
  try {
    await objects.client.send(
      new PutBucketCorsCommand({
        Bucket: objects.bucket,
        CORSConfiguration: {
          CORSRules: [
            {
              AllowedOrigins: origins,
              AllowedMethods: ["GET", "HEAD", "PUT"],
              AllowedHeaders: ["*"],
              // What a page that sends parts by itself may look at: proof of receipt, and whom to name in a report.
              ExposeHeaders: ["ETag", "x-amz-checksum-sha256", "x-amz-request-id"],
              MaxAgeSeconds: 3600,
            },
          ],
        },
      }),
    );
  } catch (error) {
    failStorage("take the CORS rules", error);
  }
};
