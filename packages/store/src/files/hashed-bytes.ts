import { createHash } from "node:crypto";

export type HashedBytes = AsyncDisposable & {
  bytes: AsyncIterable<Uint8Array>;
  /** Reads what is left. SHA-256 in hex. */
  digestOfAll: () => Promise<string>;
};

/**
 * Bytes that are hashed while somebody reads them. He may stop before their end and the digest is still that of all.
 *
 * @example await using hashed = hashedBytes(object.stream);
 */
export const hashedBytes = (stream: AsyncIterable<Uint8Array>): HashedBytes => {
  const hash = createHash("sha256");
  const source = stream[Symbol.asyncIterator]();
  const next = async () => {
    const piece = await source.next();
    if (!piece.done) hash.update(piece.value);
    return piece;
  };
  return {
    // Without `return`: a reader that stops doesn't end the source.
    bytes: { [Symbol.asyncIterator]: () => ({ next }) },
    async digestOfAll() {
      while (!(await next()).done);
      return hash.digest("hex");
    },
    async [Symbol.asyncDispose]() {
      await source.return?.();
    },
  };
};
