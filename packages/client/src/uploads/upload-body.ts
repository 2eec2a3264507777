/** What is sent: a file that is read as it leaves, or bytes in memory, which are never copied. */
export type UploadBody = Blob | Uint8Array<ArrayBuffer>;

/** Bytes. */
export const sizeOf = (body: UploadBody): number => (body instanceof Blob ? body.size : body.byteLength);

/** The bytes from `start` up to `end`, or to the end of all; nothing is read or copied. */
export const sliceOf = (body: UploadBody, start: number, end: number): UploadBody =>
  body instanceof Blob ? body.slice(start, end) : body.subarray(start, end);
