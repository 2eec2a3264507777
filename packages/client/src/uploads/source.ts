import { clientError } from "../errors.ts";
import { readStream } from "../read-chunks.ts";
import { openPath } from "./open-path.ts";
import type { UploadBody } from "./upload-body.ts";

/**
 * A file, its bytes, a stream of them or, in Node only, a path. Bytes are not copied: those that change before they
 * are sent are refused.
 */
export type UploadSource =
  | Blob
  | Uint8Array
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | string;

export type NamedBody = { body: UploadBody; name: string | undefined };

/**
 * The size is announced before the first byte leaves, so a stream is collected first. A longer stream is given up
 * here instead of filling the memory; a File, a Blob or a path is read as it is sent.
 */
const longestStream = 64 * 1024 * 1024;

/** Turns every kind of source into a body of known size that can be read more than once. */
export const openSource = async (source: UploadSource): Promise<NamedBody> => {
  if (typeof source === "string") return openPath(source);
  if (source instanceof Blob) return { body: source, name: fileName(source) };
  if (source instanceof Uint8Array) return { body: withOwnBuffer(source), name: undefined };
  if (isStream(source)) return { body: await collect(readStream(source)), name: undefined };
  if (isAsyncIterable(source)) return { body: await collect(source), name: undefined };
  throw clientError("bad_input", "Upload a File, a Blob, a Uint8Array, a stream or, in Node, a path.");
};

const fileName = (blob: Blob): string | undefined =>
  "name" in blob && typeof blob.name === "string" ? blob.name : undefined;

const isStream = (source: object): source is ReadableStream<Uint8Array> => "getReader" in source;

const isAsyncIterable = (source: object): source is AsyncIterable<Uint8Array> =>
  Symbol.asyncIterator in source;

const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Blob> => {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > longestStream) throw streamTooLarge();
    parts.push(withOwnBuffer(chunk));
  }
  return new Blob(parts);
};

const streamTooLarge = () =>
  clientError(
    "too_large",
    `The stream is longer than ${longestStream} bytes; give a larger file as a File, a Blob or, in Node, a path.`,
    {
      details: { limit: longestStream },
    },
  );

/** Neither blobs nor requests take bytes of shared memory, which a worker may hold; those are copied. */
const withOwnBuffer = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
