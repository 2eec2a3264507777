import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Files } from "../files/files.ts";
import { announce } from "../parts/announcer.tsx";
import { type Problem, toProblem } from "../parts/problem.ts";
import type { Place } from "../workspace/workspace.ts";
import { keepPreview, type Previewing, type RunWishes, toRunOptions } from "./previewing.ts";
import { afterEvent, isEnded, newRunView, type RunView } from "./run-view.ts";

/** What a run would do, and the newest run. */
export type Training = {
  previewing: Previewing;
  wishes: Signal<RunWishes>;
  run: ReadonlySignal<RunView | null>;
  /** The version that chats are answered with; null: nothing was trained yet. */
  currentVersion: ReadonlySignal<string | null>;
  problem: ReadonlySignal<Problem | null>;
  start: () => Promise<void>;
  cancel: () => Promise<void>;
};

type Shown = {
  run: Signal<RunView | null>;
  currentVersion: Signal<string | null>;
  problem: Signal<Problem | null>;
};

export const createTraining = (place: Place, { stored }: Files): Training => {
  const { client, scope } = place;
  const shown: Shown = { run: signal(null), currentVersion: signal(null), problem: signal(null) };
  const wishes = signal<RunWishes>({ skipInvalidRows: false, holdOut: false, speaker: "" });
  void attempt(shown, place, () => showNewest(shown, place));
  return {
    ...shown,
    previewing: keepPreview(place, stored, wishes),
    wishes,
    start: () =>
      attempt(shown, place, async () => {
        const { id } = await client.train.start.mutate({ ...scope, ...toRunOptions(wishes.value) });
        await watch(shown, place, id);
      }),
    async cancel() {
      const runId = shown.run.value?.id;
      if (runId) await attempt(shown, place, () => client.train.cancel.mutate({ ...scope, runId }));
    },
  };
};

const attempt = async ({ problem }: Shown, place: Place, work: () => Promise<unknown>): Promise<void> => {
  problem.value = null;
  try {
    await work();
  } catch (error) {
    if (!place.signal.aborted) problem.value = toProblem(error);
  }
};

/** Also one that was started before the page was opened, or by another tool. */
const showNewest = async (shown: Shown, place: Place): Promise<void> => {
  const { client, scope, signal: end } = place;
  await showVersion(shown, place);
  const { runs } = await client.train.list.query({ ...scope, limit: 1 }, { signal: end });
  const [newest] = runs;
  if (newest) await watch(shown, place, newest.id);
};

const showVersion = async (
  { currentVersion }: Shown,
  { client, scope, signal: end }: Place,
): Promise<void> => {
  currentVersion.value = (await client.adapter.get.query(scope, { signal: end })).currentVersion;
};

/** Shows a run from its first event to its last one. */
const watch = async (shown: Shown, place: Place, runId: string): Promise<void> => {
  const { client, scope, signal: end } = place;
  shown.run.value = newRunView(runId);
  for await (const event of client.watchRun({ ...scope, runId }, { signal: end })) {
    const before: RunView = shown.run.value;
    shown.run.value = afterEvent(before, event);
    if (shown.run.value.status !== before.status) announce(shown.run.value.status);
  }
  if (isEnded(shown.run.value)) await showVersion(shown, place);
};
