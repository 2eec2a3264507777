import { createReadStream } from "node:fs";
import { PutObjectCommand, type PutObjectCommandInput } from "@aws-sdk/client-s3";
import type { ObjectStore } from "./client.ts";
import { hexToBase64, plainEtag, quotedEtag } from "./etag.ts";
import { answerOf, failStorage } from "./failures.ts";

/** A file is read from its path, and again for each try. */
export type ObjectBody = string | Uint8Array | { path: string; size: number };
export type PutObjectInput = {
  key: string;
  body: ObjectBody;
  contentType?: string;
  /** Names in lower case. */
  metadata?: Record<string, string>;
  /** Of the body; the store refuses other bytes. */
  sha256Hex?: string;
};
export type PutCondition = { ifMatch: string } | { ifNoneMatch: "*" };

/** The SDK does not repeat a stream, so that a file's tries are counted here. */
const fileTries = 4;
const usualMilliseconds = 30_000;
/** 4 MB a second: a store that is slower stands still. */
const slowestBytesAMillisecond = 4_000;

/**
 * Puts an object, over one that is there.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const putObject = async (objects: ObjectStore, input: PutObjectInput): Promise<{ etag: string }> => {
  try {
    return await send(objects, input, {});
  } catch (error) {
    return failStorage(objects, `put '${input.key}'`, error);
  }
};

/**
 * Puts an object only where the key's present ETag is the given one, or where there is none (`*`).
 * A `conflict` can be one's own earlier try whose answer was lost: read again before the next.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const putObjectIf = async (
  objects: ObjectStore,
  input: PutObjectInput,
  condition: PutCondition,
): Promise<{ etag: string } | "conflict"> => {
  try {
    return await send(
      objects,
      input,
      "ifMatch" in condition ? { IfMatch: quotedEtag(condition.ifMatch) } : { IfNoneMatch: "*" },
    );
  } catch (error) {
    // AWS answers 404 to If-Match on a missing key, others 412.
    if (answerOf(error) !== "other") return "conflict";
    return failStorage(objects, `put '${input.key}'`, error);
  }
};

const send = async (
  objects: ObjectStore,
  { key, body, contentType, metadata, sha256Hex }: PutObjectInput,
  condition: Pick<PutObjectCommandInput, "IfMatch" | "IfNoneMatch">,
): Promise<{ etag: string }> => {
  const input: PutObjectCommandInput = {
    Bucket: objects.bucket,
    Key: key,
    ContentType: contentType ?? "application/octet-stream",
    Metadata: metadata,
    ...(sha256Hex && { ChecksumSHA256: hexToBase64(sha256Hex) }),
    ...condition,
  };
  const put = ({ requestTimeout, ...fields }: Sent) =>
    objects.client.send(
      new PutObjectCommand({ ...input, ...fields }),
      requestTimeout ? { requestTimeout } : {},
    );
  const answer =
    typeof body === "string" || body instanceof Uint8Array
      ? await put({ Body: body })
      : await putFile(body, put);
  return { etag: plainEtag(answer.ETag) };
};

type Sent = Pick<PutObjectCommandInput, "Body" | "ContentLength"> & { requestTimeout?: number };

/** Gigabytes of a whole model take longer than any other request. */
const fileMilliseconds = (size: number): number => usualMilliseconds + size / slowestBytesAMillisecond;

const putFile = async <Answer>(
  file: { path: string; size: number },
  put: (sent: Sent) => Promise<Answer>,
): Promise<Answer> => {
  const requestTimeout = fileMilliseconds(file.size);
  for (let tried = 1; ; tried += 1) {
    try {
      return await put({ Body: createReadStream(file.path), ContentLength: file.size, requestTimeout });
    } catch (error) {
      if (tried === fileTries || answerOf(error) !== "other") throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 200 * 2 ** tried));
    }
  }
};
