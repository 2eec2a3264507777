import type { Client, StoredFile } from "@loraloom/client";
import { effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { pause } from "../parts/pause.ts";
import { type Problem, toProblem } from "../parts/problem.ts";
import type { Place } from "../workspace/workspace.ts";

export type Preview = Awaited<ReturnType<Client["train"]["preview"]["query"]>>;

/** What the user says about the run; an empty speaker leaves each dialog its own. */
export type RunWishes = { skipInvalidRows: boolean; holdOut: boolean; speaker: string };

export type Previewing = {
  preview: Signal<Preview | null>;
  isFresh: Signal<boolean>;
  problem: Signal<Problem | null>;
};

/** Several files arrive within a moment. */
const settleMs = 400;

/** The part of the rows that is measured with instead of learnt. */
const heldOutShare = 0.1;

export const toRunOptions = ({ skipInvalidRows, holdOut, speaker }: RunWishes) => ({
  skipInvalidRows,
  ...(holdOut && { evaluation: { split: heldOutShare } }),
  ...(speaker && { speaker }),
});

/** Keeps the preview up to date with the files and the wishes. */
export const keepPreview = (
  place: Place,
  stored: ReadonlySignal<StoredFile[]>,
  wishes: ReadonlySignal<RunWishes>,
): Previewing => {
  const state = { preview: signal(null), isFresh: signal(false), problem: signal(null) } as Previewing;
  let earlier = new AbortController();
  let asked = "";
  const stop = effect(() => {
    const about = JSON.stringify([stored.value.map(whatMatters), wishes.value]);
    if (about === asked) return;
    asked = about;
    earlier.abort();
    earlier = new AbortController();
    void ask(state, place, { wishes: wishes.value, signal: AbortSignal.any([earlier.signal, place.signal]) });
  });
  place.signal.addEventListener("abort", stop);
  return state;
};

const whatMatters = ({ name, useForTraining, updatedAt, state, report }: StoredFile) => [
  name,
  useForTraining,
  updatedAt,
  state,
  report?.tokens?.total,
];

type Question = { wishes: RunWishes; signal: AbortSignal };

const ask = async (
  state: Previewing,
  { client, scope }: Place,
  { wishes, signal: end }: Question,
): Promise<void> => {
  state.isFresh.value = false;
  await pause(settleMs, end);
  if (end.aborted) return;
  try {
    state.preview.value = await client.train.preview.query(
      { ...scope, ...toRunOptions(wishes) },
      { signal: end },
    );
    state.problem.value = null;
    state.isFresh.value = true;
  } catch (error) {
    if (!end.aborted) state.problem.value = toProblem(error);
  }
};
