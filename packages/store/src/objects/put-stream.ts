import { createHash } from "node:crypto";
import { UploadPartCommand } from "@aws-sdk/client-s3";
import { assemble } from "./assemble.ts";
import type { ObjectStore } from "./client.ts";
import { hexToBase64, plainEtag } from "./etag.ts";
import { failStorage } from "./failures.ts";
import type { Multipart, NamedPart } from "./multipart.ts";
import { type PartPlan, partCount, partSizeFor } from "./part-plan.ts";
import { putObject } from "./put.ts";

export type PutStreamInput = {
  key: string;
  contentType?: string | undefined;
  /** Bytes, exactly. */
  size: number;
  body: AsyncIterable<Uint8Array>;
};

const usualMilliseconds = 30_000;
/** 4 MB a second: a store that is slower stands still. */
const slowestBytesAMillisecond = 4_000;

/**
 * Puts an object of any size whose bytes are made, or read, while they are sent. What has more than 16 MiB goes in
 * parts, one of which is in memory at a time, so that a part that fails is sent again and not the whole.
 *
 * @throws LoraloomError `storage_unavailable`, and what the body throws
 */
export const putStream = async (
  objects: ObjectStore,
  { key, contentType = "application/octet-stream", size, body }: PutStreamInput,
): Promise<{ etag: string }> => {
  const plan = { size, partSize: partSizeFor(size) };
  const parts = cut(body, plan);
  if (partCount(plan) > 1) {
    const begun = { key, contentType, metadata: {} };
    return assemble(objects, begun, (multipart) => sendParts(objects, multipart, parts));
  }
  const [whole = Buffer.of()] = await Array.fromAsync(parts);
  return putObject(objects, { key, contentType, body: whole, sha256Hex: hashOf(whole) });
};

/** The parts of a body, each in the memory of the one before it. */
async function* cut(body: AsyncIterable<Uint8Array>, { size, partSize }: PartPlan): AsyncGenerator<Buffer> {
  const part = Buffer.allocUnsafe(Math.min(partSize, size));
  let left = size;
  let filled = 0;
  for await (const piece of body) {
    left -= piece.length;
    if (left < 0) break;
    for (let start = 0; start < piece.length; ) {
      const taken = piece.subarray(start, start + part.length - filled);
      part.set(taken, filled);
      filled += taken.length;
      start += taken.length;
      if (filled < part.length) continue;
      yield part;
      filled = 0;
    }
  }
  if (left !== 0) throw new Error(`A body came with other than the ${size} bytes that were announced.`);
  if (filled > 0) yield part.subarray(0, filled);
}

const sendParts = async (
  objects: ObjectStore,
  multipart: Multipart,
  parts: AsyncIterable<Buffer>,
): Promise<NamedPart[]> => {
  const named: NamedPart[] = [];
  for await (const part of parts) named.push(await sendPart(objects, multipart, named.length + 1, part));
  return named;
};

const sendPart = async (
  objects: ObjectStore,
  { key, multipartId }: Multipart,
  number: number,
  body: Buffer,
): Promise<NamedPart> => {
  const sha256Hex = hashOf(body);
  const command = new UploadPartCommand({
    Bucket: objects.bucket,
    Key: key,
    UploadId: multipartId,
    PartNumber: number,
    Body: body,
    ChecksumSHA256: hexToBase64(sha256Hex),
  });
  const requestTimeout = usualMilliseconds + body.length / slowestBytesAMillisecond;
  try {
    const { ETag } = await objects.client.send(command, { requestTimeout });
    return { number, etag: plainEtag(ETag), sha256Hex };
  } catch (error) {
    return failStorage(`take part ${number} of '${key}'`, error);
  }
};

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
