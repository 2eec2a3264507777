import type { StoredFile } from "@loraloom/client";
import { type Signal, signal } from "@preact/signals";
import { type Problem, toProblem } from "../parts/problem.ts";
import type { Place } from "../workspace/workspace.ts";
import { type Changes, noChanges, readUnchanged } from "./changes.ts";

/** A file on its way, or one that did not arrive. */
export type Sending = {
  id: number;
  file: File;
  share: number;
  problem: Problem | null;
  /** With it the upload of a large file is taken up again. */
  uploadId: string | null;
};

/** What the list of files shows. */
export type Shelf = {
  stored: Signal<StoredFile[]>;
  /** Of all that are stored; the list holds the first of them. */
  total: Signal<number | null>;
  sending: Signal<Sending[]>;
  /** Of what was last asked for. */
  problem: Signal<Problem | null>;
  /** Of reading the list; gone as soon as it is read again. */
  readProblem: Signal<Problem | null>;
  changes: Changes;
};

/** More than fit into a page that is still easy to read. */
const mostShown = 200;

export const createShelf = (): Shelf => ({
  stored: signal([]),
  total: signal(null),
  sending: signal([]),
  problem: signal(null),
  readProblem: signal(null),
  changes: noChanges(),
});

export const changeSending = ({ sending }: Shelf, id: number, changed: Partial<Sending>): void => {
  sending.value = sending.value.map((each) => (each.id === id ? { ...each, ...changed } : each));
};

export const dropSending = ({ sending }: Shelf, id: number): void => {
  sending.value = sending.value.filter((each) => each.id !== id);
};

/** Shows a file that has just arrived, before the whole list is read again. */
export const putStored = ({ stored, changes }: Shelf, file: StoredFile): void => {
  const others = stored.value.filter(({ name }) => name !== file.name);
  stored.value = [...others, file].sort((one, other) => (one.name < other.name ? -1 : 1));
  changes.done += 1;
};

/** Shows a flag as it was set, before the server has answered. */
export const showFlag = ({ stored }: Shelf, name: string, useForTraining: boolean): void => {
  stored.value = stored.value.map((file) => (file.name === name ? { ...file, useForTraining } : file));
};

/** Shows what the server holds, unless it was changed meanwhile: each change ends with a reading. */
export const reload = async (shelf: Shelf, { client, scope, signal: end }: Place): Promise<void> => {
  try {
    const read = await readUnchanged(shelf.changes, () =>
      Promise.all([
        client.trainingData.list.query({ ...scope, limit: mostShown }, { signal: end }),
        client.trainingData.summary.query(scope, { signal: end }),
      ]),
    );
    shelf.readProblem.value = null;
    if (!read) return;
    const [page, summary] = read;
    shelf.stored.value = page.files;
    shelf.total.value = summary.trainingData.files;
  } catch (error) {
    if (!end.aborted) shelf.readProblem.value = toProblem(error);
  }
};

/** Does something, then shows what the server holds; what goes wrong is shown, too. */
export const attempt = async (shelf: Shelf, place: Place, work: () => Promise<unknown>): Promise<void> => {
  shelf.problem.value = null;
  try {
    await work();
  } catch (error) {
    if (!place.signal.aborted) shelf.problem.value = toProblem(error);
  }
  await reload(shelf, place);
};
