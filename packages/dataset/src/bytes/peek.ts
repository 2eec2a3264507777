/** A stream with its beginning known. `complete`: the head is all there is. */
export type Peeked = { head: Uint8Array; complete: boolean; bytes: AsyncIterable<Uint8Array> };

/** Reads the first `size` bytes of a stream and gives it back whole; disposing of it ends the stream. */
export const peek = async (
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): Promise<Peeked & AsyncDisposable> => {
  const rest = chunks[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let length = 0;
  let complete = false;
  while (length < size && !complete) {
    const next = await rest.next();
    if (next.done) complete = true;
    else {
      read.push(next.value);
      length += next.value.length;
    }
  }
  const start = Buffer.concat(read);
  return {
    head: start.subarray(0, size),
    complete: complete && start.length <= size,
    bytes: joined(start, rest),
    [Symbol.asyncDispose]: async () => {
      await rest.return?.();
    },
  };
};

/** Without a byte order mark. */
export const withoutMark = (file: Peeked): Peeked => {
  const { head, complete, bytes } = file;
  if (head[0] !== 0xef || head[1] !== 0xbb || head[2] !== 0xbf) return file;
  return { head: head.subarray(3), complete, bytes: dropStart(bytes, 3) };
};

async function* joined(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** The first chunk holds the whole head. */
async function* dropStart(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let dropped = false;
  for await (const chunk of chunks) {
    yield dropped ? chunk : chunk.subarray(count);
    dropped = true;
  }
}
