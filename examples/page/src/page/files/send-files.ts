import type { UploadOutcome } from "@loraloom/client";
import { announce } from "../parts/announcer.tsx";
import { toProblem } from "../parts/problem.ts";
import type { Place } from "../workspace/workspace.ts";
import { summaryOf } from "./about-file.ts";
import { changeSending, dropSending, putStored, type Sending, type Shelf } from "./shelf.ts";

let lastId = 0;

/** Sends files straight to the object store, a few at a time, and shows how far each is. */
export const sendFiles = async (
  shelf: Shelf,
  { client, scope, signal }: Place,
  files: File[],
): Promise<void> => {
  const begun = files.map((file): Sending => ({ id: ++lastId, file, share: 0, problem: null }));
  shelf.sending.value = [...shelf.sending.value, ...begun];
  const idOf = (index: number) => begun[index]?.id ?? 0;
  await client.uploadFiles(files, {
    ...scope,
    signal,
    onProgress: ({ index, loaded, total }) =>
      changeSending(shelf, idOf(index), { share: total ? loaded / total : 1 }),
    onOutcome: (outcome) => settle(shelf, idOf(outcome.index), outcome),
  });
};

const settle = (shelf: Shelf, id: number, { name, file, error }: UploadOutcome): void => {
  if (!file) {
    changeSending(shelf, id, { problem: toProblem(error) });
    return;
  }
  dropSending(shelf, id);
  putStored(shelf, file);
  announce(`${name}: ${summaryOf(file)}`);
};
