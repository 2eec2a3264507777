import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { timeEach } from "../measure/at-once.ts";
import { median } from "../measure/statistics.ts";
import type { Bucket } from "../services/bucket.ts";

const objectBytes = 4096;
const object = "calibration";

/** @returns milliseconds, the median of reading 4 KiB, one read after the other */
export const s3Gets = async ({ client, bucket }: Bucket, reads: number): Promise<number> => {
  const place = { Bucket: bucket, Key: object };
  await client.send(new PutObjectCommand({ ...place, Body: Buffer.alloc(objectBytes, 1) }));
  const read = async () => {
    const answer = await client.send(new GetObjectCommand(place));
    await answer.Body?.transformToByteArray();
  };
  return median(await timeEach({ times: reads, atOnce: 1 }, read));
};
