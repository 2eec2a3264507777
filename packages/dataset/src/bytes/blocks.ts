/** What is worked on at once: enough to be fast, little enough not to hold up other work. */
const blockBytes = 64 * 1024;

/** The same bytes in pieces of a bounded size. */
export async function* blocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += blockBytes) yield chunk.subarray(at, at + blockBytes);
  }
}
