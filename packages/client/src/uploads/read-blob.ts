import { clientError } from "../errors.ts";
import { sha256Hex } from "../sha256.ts";

export type HashedBlob = {
  /** Of the file, for the error's message. */
  name: string;
  signal: AbortSignal | undefined;
};

/** A part of a file in memory, with its hash. */
export const readPart = async (
  part: Blob,
  of: HashedBlob,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; sha256: string }> =>
  reading(of, async () => {
    const bytes = new Uint8Array(await part.arrayBuffer());
    return { bytes, sha256: await sha256Hex(bytes, of.signal) };
  });

/** @throws `bad_input` where the bytes can't be read, the signal's reason */
export const hashBlob = (blob: Blob, of: HashedBlob): Promise<string> =>
  reading(of, () => sha256Hex(blob, of.signal));

/** A store that gives no answer may have been sent too little: a changed file ends in the middle. @throws `bad_input` */
export const requireReadable = async (blob: Blob, of: HashedBlob): Promise<void> => {
  await reading(of, () => blob.slice(0, 1).arrayBuffer());
};

const reading = async <Result>(
  { name, signal }: HashedBlob,
  read: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await read();
  } catch (cause) {
    signal?.throwIfAborted();
    throw clientError("bad_input", `'${name}' could not be read; it may have changed meanwhile.`, { cause });
  }
};
