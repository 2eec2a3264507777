/** Small enough for a smooth progress bar and for pages that stay responsive while they hash. */
const chunkSize = 256 * 1024;

/** A blob's bytes in chunks of 256 KiB; its own stream may give all of them at once. */
export async function* readBlob(blob: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for (let offset = 0; offset < blob.size; offset += chunkSize) {
    yield new Uint8Array(await blob.slice(offset, offset + chunkSize).arrayBuffer());
  }
}

/** The same of bytes in memory, without a copy. */
export function* chunksOf(bytes: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>, void> {
  for (let offset = 0; offset < bytes.length; offset += chunkSize) {
    yield bytes.subarray(offset, offset + chunkSize);
  }
}

/** Reads a stream chunk by chunk; not every browser can iterate a `ReadableStream` itself. */
export async function* readStream<Chunk>(stream: ReadableStream<Chunk>): AsyncGenerator<Chunk, void> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}
