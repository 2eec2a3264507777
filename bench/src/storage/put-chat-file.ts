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

/** Puts a file among an avatar's training data as another tool does. */
export const putTrainingFile = async (
  { client, bucket }: Bucket,
  { path, name, size }: { path: string; name: string; size: number },
): Promise<void> => {
  const key = `users/${avatar.userId}/avatars/${avatar.avatarId}/adapters/training_data/${name}`;
  const body = createReadStream(path);
  await client.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentLength: size,
      ContentType: "application/jsonl",
    }),
  );
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
