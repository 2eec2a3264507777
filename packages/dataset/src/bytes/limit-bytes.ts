import { byteSize } from "@loraloom/errors";
import { FileFault } from "../faults.ts";

/** Passes a stream on and ends it at its limit. @throws FileFault `too_large` */
export async function* limitBytes(
  chunks: AsyncIterable<Uint8Array>,
  { limit, what }: { limit: number; what: string },
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) throw new FileFault("too_large", `${what} more than ${byteSize(limit)}.`);
    yield chunk;
  }
}
