import { Readable } from "node:stream";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { ObjectStore } from "./client.ts";
import { plainEtag } from "./etag.ts";
import { failStorage } from "./failures.ts";

export type PutStreamInput = {
  key: string;
  contentType: string;
  /** Bytes, exactly. */
  size: number;
  /** The body from its beginning; asked for again for each try. */
  open: () => AsyncIterable<Uint8Array>;
};

const tries = 3;
/** Of one try; a connection that stands still is given up by the client's own limit long before. */
const longestTryMilliseconds = 3_600_000;

/**
 * Puts an object whose bytes are made while they are sent, so that memory doesn't grow with them.
 *
 * @throws LoraloomError `storage_unavailable`, and what the body throws
 */
export const putStream = async (objects: ObjectStore, input: PutStreamInput): Promise<{ etag: string }> => {
  for (let tried = 1; ; tried += 1) {
    try {
      return await send(objects, input);
    } catch (error) {
      if (error instanceof BodyFailed) throw error.cause;
      if (tried === tries) return failStorage(objects, `put '${input.key}'`, error);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 200 * 2 ** tried));
    }
  }
};

class BodyFailed extends Error {}

const send = async (
  objects: ObjectStore,
  { key, contentType, size, open }: PutStreamInput,
): Promise<{ etag: string }> => {
  const body = Readable.from(open(), { objectMode: false });
  const ending = new AbortController();
  // The client would wait for the bytes that don't come any more.
  body.once("error", () => ending.abort());
  const command = new PutObjectCommand({
    Bucket: objects.bucket,
    Key: key,
    ContentType: contentType,
    ContentLength: size,
    Body: body,
  });
  try {
    const limits = { abortSignal: ending.signal, requestTimeout: longestTryMilliseconds };
    const answer = await objects.client.send(command, limits);
    return { etag: plainEtag(answer.ETag) };
  } catch (error) {
    if (ending.signal.aborted) throw new BodyFailed("The body failed", { cause: body.errored ?? error });
    throw error;
  } finally {
    body.destroy();
  }
};
