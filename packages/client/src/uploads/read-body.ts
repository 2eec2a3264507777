import { clientError } from "../errors.ts";
import { sha256Hex } from "../sha256.ts";
import type { UploadBody } from "./upload-body.ts";

export type BodyOf = {
  /** Of the file, for the error's message. */
  name: string;
  signal: AbortSignal | undefined;
};

/** A part of a file in memory, with its hash. */
export const readPart = async (
  part: UploadBody,
  of: BodyOf,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; sha256: string }> =>
  reading(of, async () => {
    const bytes = part instanceof Blob ? new Uint8Array(await part.arrayBuffer()) : part;
    return { bytes, sha256: await sha256Hex(bytes, of.signal) };
  });

/** @throws `bad_input` where the bytes can't be read, the signal's reason */
export const hashBody = (body: UploadBody, of: BodyOf): Promise<string> =>
  reading(of, () => sha256Hex(body, of.signal));

/** A store that gives no answer may have been sent too little: a changed file ends in the middle. @throws `bad_input` */
export const requireReadable = async (body: UploadBody, of: BodyOf): Promise<void> => {
  if (body instanceof Blob) await reading(of, () => body.slice(0, 1).arrayBuffer());
};

const reading = async <Result>({ name, signal }: BodyOf, read: () => Promise<Result>): Promise<Result> => {
  try {
    return await read();
  } catch (cause) {
    signal?.throwIfAborted();
    throw clientError("bad_input", `'${name}' could not be read; it may have changed meanwhile.`, { cause });
  }
};
