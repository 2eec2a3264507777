import type { StoredFile } from "@loraloom/client";
import type { ReadonlySignal } from "@preact/signals";
import { announce } from "../parts/announcer.tsx";
import { pause } from "../parts/pause.ts";
import type { Problem } from "../parts/problem.ts";
import type { Place } from "../workspace/workspace.ts";
import { isSettled } from "./about-file.ts";
import { changing } from "./changes.ts";
import { sendFiles, type ToSend } from "./send-files.ts";
import { attempt, createShelf, dropSending, reload, type Sending, type Shelf, showFlag } from "./shelf.ts";

/** An avatar's training files and what can be done with them. */
export type Files = {
  stored: ReadonlySignal<StoredFile[]>;
  total: ReadonlySignal<number | null>;
  sending: ReadonlySignal<Sending[]>;
  problem: ReadonlySignal<Problem | null>;
  readProblem: ReadonlySignal<Problem | null>;
  add: (files: File[]) => Promise<void>;
  /** Sends a file that did not arrive once more; of a large one only what is missing. */
  again: (sending: Sending) => Promise<void>;
  dismiss: (sending: Sending) => void;
  setUse: (name: string, useForTraining: boolean) => Promise<void>;
  remove: (name: string) => Promise<void>;
};

const busyPollMs = 1_000;
/** Other tools put files here, too. */
const idlePollMs = 5_000;

export const createFiles = (place: Place): Files => {
  const { client, scope } = place;
  const shelf = createShelf();
  const send = (files: ToSend[]) => attempt(shelf, place, () => sendFiles(shelf, place, files));
  const change = (work: () => Promise<unknown>) => attempt(shelf, place, () => changing(shelf.changes, work));
  void follow(shelf, place);
  return {
    ...shelf,
    add: (files) => send(files.map((file) => ({ file, uploadId: null }))),
    again(failed) {
      dropSending(shelf, failed.id);
      return send([failed]);
    },
    dismiss: ({ id }) => dropSending(shelf, id),
    setUse(name, useForTraining) {
      showFlag(shelf, name, useForTraining);
      return change(() => client.trainingData.setFlag.mutate({ ...scope, name, useForTraining }));
    },
    remove: (name) =>
      change(async () => {
        await client.trainingData.delete.mutate({ ...scope, name });
        announce(`${name} was deleted`);
      }),
  };
};

/** Reads the list again and again, so that reports and token counts appear as they come. */
const follow = async (shelf: Shelf, place: Place): Promise<void> => {
  while (!place.signal.aborted) {
    await reload(shelf, place);
    await pause(shelf.stored.value.every(isSettled) ? idlePollMs : busyPollMs, place.signal);
  }
};
