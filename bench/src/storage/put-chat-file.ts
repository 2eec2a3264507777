import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Bucket } from "../services/bucket.ts";
import { avatar } from "./avatar.ts";
import { chatLines } from "./chat-rows.ts";

/** Lines written at once. */
const batchLines = 500;

/** A file of chats on the disk, of about the given size; no row comes twice. */
export const writeChatFile = (path: string, bytes: number): Promise<void> =>
  pipeline(Readable.from(batches(chatLines({ seed: 11, bytes }))), createWriteStream(path));

/** Where a file of the avatar's training data lies. */
export const trainingKey = (name: string): string =>
  `users/${avatar.userId}/avatars/${avatar.avatarId}/adapters/training_data/${name}`;

/** Puts a file among the avatar's training data as another tool does. @returns its ETag */
export const putTrainingFile = async (
  { client, bucket }: Bucket,
  { path, name, size }: { path: string; name: string; size: number },
): Promise<string> => {
  const { ETag: etag = "" } = await client.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: trainingKey(name),
      Body: createReadStream(path),
      ContentLength: size,
      ContentType: "application/jsonl",
    }),
  );
  return etag;
};

function* batches(lines: Iterable<string>): Generator<string> {
  let batch: string[] = [];
  for (const line of lines) {
    batch.push(line);
    if (batch.length < batchLines) continue;
    yield `${batch.join("\n")}\n`;
    batch = [];
  }
  yield batch.join("\n");
}
