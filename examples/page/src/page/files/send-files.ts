import { type FileToUpload, isLoraloomError, type UploadOutcome } from "@loraloom/client";
import { announce } from "../parts/announcer.tsx";
import { toProblem } from "../parts/problem.ts";
import type { Place } from "../workspace/workspace.ts";
import { summaryOf } from "./about-file.ts";
import { changeSending, dropSending, putStored, type Sending, type Shelf } from "./shelf.ts";

let lastId = 0;

/** A file, and what an earlier try has left of it. */
export type ToSend = Pick<Sending, "file" | "uploadId">;

/** Sends files straight to the object store, a few at a time, and shows how far each is. */
export const sendFiles = async (
  shelf: Shelf,
  { client, scope, signal }: Place,
  files: ToSend[],
): Promise<void> => {
  const begun = files.map((toSend): Sending => ({ ...toSend, id: ++lastId, share: 0, problem: null }));
  shelf.sending.value = [...shelf.sending.value, ...begun];
  const idOf = (index: number) => begun[index]?.id ?? 0;
  await client.uploadFiles(begun.map(toUpload(shelf)), {
    ...scope,
    signal,
    onProgress: ({ index, loaded, total }) =>
      changeSending(shelf, idOf(index), { share: total ? loaded / total : 1 }),
    onOutcome: (outcome) => settle(shelf, idOf(outcome.index), outcome),
  });
};

const toUpload =
  (shelf: Shelf) =>
  ({ id, file, uploadId }: Sending): FileToUpload => ({
    source: file,
    onUploadId: (begunId) => changeSending(shelf, id, { uploadId: begunId }),
    ...(uploadId !== null && { uploadId }),
  });

const settle = (shelf: Shelf, id: number, { name, file, error }: UploadOutcome): void => {
  if (!file) {
    // What was refused would be refused again: such a file begins anew.
    const gone = isLoraloomError(error) && error.retryable ? {} : { uploadId: null };
    changeSending(shelf, id, { problem: toProblem(error), ...gone });
    return;
  }
  dropSending(shelf, id);
  putStored(shelf, file);
  announce(`${name}: ${summaryOf(file)}`);
};
