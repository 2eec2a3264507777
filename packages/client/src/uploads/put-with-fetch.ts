import { readBlob } from "../read-chunks.ts";
import type { Put, PutOptions } from "./put.ts";

/**
 * The put of Node. A streamed body is sent chunked unless its length is given as a header, and a signed
 * PUT must have the signed length.
 */
export const putWithFetch: Put = async (signed, blob, options) => {
  const response = await options.fetch(signed.url, {
    method: "PUT",
    headers: { ...signed.headers, "content-length": String(blob.size) },
    ...bodyOf(blob, options),
    signal: options.signal ?? null,
  });
  await response.body?.cancel();
  return response.status;
};

const bodyOf = (blob: Blob, { onProgress }: PutOptions): RequestInit & { duplex?: "half" } =>
  onProgress ? { body: counted(blob, onProgress), duplex: "half" } : { body: blob };

/** A blob's bytes, pulled only as fast as they leave, each chunk reported when the next one is asked for. */
const counted = (
  blob: Blob,
  onProgress: NonNullable<PutOptions["onProgress"]>,
): ReadableStream<Uint8Array> => {
  const chunks = readBlob(blob);
  let loaded = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        onProgress({ loaded, total: blob.size });
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
