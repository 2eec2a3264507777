import { LoraloomError } from "@loraloom/errors";

const mebibyte = 1024 * 1024;

/** The longest conversation fits; files go to the object store. */
export const maxBodyBytes = 4 * mebibyte;

/** The body's bytes, with the error `payload_too_large` in the place of the first one too many. */
export const limitBody = (
  body: ReadableStream<Uint8Array>,
  announced: string | undefined,
): ReadableStream<Uint8Array> => {
  let bytes = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => {
        if (Number(announced) > maxBodyBytes) controller.error(tooLarge());
      },
      transform: (chunk, controller) => {
        bytes += chunk.byteLength;
        if (bytes > maxBodyBytes) controller.error(tooLarge());
        else controller.enqueue(chunk);
      },
    }),
  );
};

const tooLarge = (): LoraloomError =>
  new LoraloomError("payload_too_large", `The request's body is larger than ${maxBodyBytes / mebibyte} MiB.`);
