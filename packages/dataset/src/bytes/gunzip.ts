import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { FileFault, printable } from "../faults.ts";

/**
 * Unpacks a gzip stream; the reader's pace holds it back, so that a bomb never unfolds in memory.
 *
 * @throws FileFault `inspection_failed` where the gzip is damaged or cut off
 */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacked = createGunzip();
  const source: { failure?: unknown } = {};
  const packing = pipeline(Readable.from(noticing(chunks, source)), unpacked).catch(
    (error: unknown) => error,
  );
  try {
    yield* unpacked as AsyncIterable<Uint8Array>;
  } catch (error) {
    if ("failure" in source) throw source.failure;
    if (!(error instanceof Error)) throw error;
    throw new FileFault("inspection_failed", `The gzip is damaged: ${printable(error.message)}.`, {
      cause: error,
    });
  } finally {
    unpacked.destroy();
    await packing;
  }
}

/** A fault of the source itself is told as it is, not as a damaged gzip. */
async function* noticing(
  chunks: AsyncIterable<Uint8Array>,
  source: { failure?: unknown },
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    source.failure = error;
    throw error;
  }
}
