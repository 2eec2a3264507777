import { chunksOf, readBlob } from "../read-chunks.ts";
import type { Put, PutOptions } from "./put.ts";
import { sizeOf, type UploadBody } from "./upload-body.ts";

/**
 * The put of Node. A streamed body is sent chunked unless its length is given as a header, and a signed
 * PUT must have the signed length.
 */
export const putWithFetch: Put = async (signed, body, options) => {
  const response = await options.fetch(signed.url, {
    method: "PUT",
    headers: { ...signed.headers, "content-length": String(sizeOf(body)) },
    ...requestBody(body, options),
    signal: options.signal ?? null,
  });
  await response.body?.cancel();
  return response.status;
};

/** Bytes in memory are streamed too: `fetch` would copy them first. */
const requestBody = (body: UploadBody, { onProgress }: PutOptions): RequestInit & { duplex?: "half" } =>
  body instanceof Blob && !onProgress ? { body } : { body: streamOf(body, onProgress), duplex: "half" };

/** A body's bytes, pulled only as fast as they leave, each chunk reported when the next one is asked for. */
const streamOf = (body: UploadBody, onProgress: PutOptions["onProgress"]): ReadableStream<Uint8Array> => {
  const chunks = body instanceof Blob ? readBlob(body) : chunksOf(body);
  const total = sizeOf(body);
  let loaded = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        onProgress?.({ loaded, total });
        const next = await chunks.next();
        if (next.done) return controller.close();
        loaded += next.value.byteLength;
        controller.enqueue(next.value);
      },
      async cancel() {
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
};
