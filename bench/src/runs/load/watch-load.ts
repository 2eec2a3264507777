/** Watches runs, each over a connection of its own. Answers with how late each event came. */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { workApart } from "../../measure/apart.ts";
import { timeEach } from "../../measure/at-once.ts";
import { avatarId } from "../people.ts";
import type { Windows } from "../sizes.ts";
import type { Visitor } from "./console-calls.ts";
import { type Api, openApi } from "./open-api.ts";

export type WatchLoad = Windows & {
  url: string;
  /** One for each watcher. */
  watched: Visitor[];
};

const openedAtOnce = 16;
/** What is late is waited for so long. */
const graceMilliseconds = 60_000;
const pollMilliseconds = 100;

/** Milliseconds from each event's writing until it was read, window after window, and when the first one began. */
export type Watched = { begun: number; windows: number[][] };

type Received = {
  /** When it was written: the database's clock at the begin of its transaction. */
  at: number;
  /** When it was read here, by the same machine's clock. */
  received: number;
};

const watchAll = async ({ url, watched, windows, seconds }: WatchLoad): Promise<Watched> => {
  const api = openApi(url);
  const watchers: Received[][] = [];
  await timeEach({ times: watched.length, atOnce: openedAtOnce }, async (index) => {
    const visitor = watched[index];
    if (visitor) watchers.push(await watch(api, visitor));
  });
  const begun = Date.now();
  const width = seconds * 1000;
  await sleep(windows * width);
  await untilPast(watchers, begun + windows * width);
  const window = (_: unknown, number: number) =>
    delaysOf(watchers.flat(), { from: begun + number * width, to: begun + (number + 1) * width });
  return { begun, windows: Array.from({ length: windows }, window) };
};

/** What the watcher has read so far, growing. What was before comes first and does not count. */
const watch = async (api: Api, { key, runId }: Visitor): Promise<Received[]> => {
  const stream = await api.subscribe(key, "train.watch", { avatarId, runId });
  const all: Received[] = [];
  createInterface({ input: stream }).on("line", (line) => {
    const at = writtenAt(line);
    if (at !== undefined) all.push({ at, received: performance.timeOrigin + performance.now() });
  });
  return all;
};

/** Until each watcher has read an event from after a moment: events come in order, so that none before it is on its way. */
const untilPast = async (watchers: readonly Received[][], moment: number): Promise<void> => {
  const end = performance.now() + graceMilliseconds;
  const isPast = (all: Received[]): boolean => (all.at(-1)?.at ?? 0) >= moment;
  while (!watchers.every(isPast) && performance.now() < end) await sleep(pollMilliseconds);
};

/** Of a line of an event stream that holds a run's event. */
const writtenAt = (line: string): number | undefined => {
  if (!line.startsWith("data: {")) return undefined;
  const { at } = JSON.parse(line.slice("data: ".length)).json ?? {};
  return at === undefined ? undefined : Date.parse(at);
};

const delaysOf = (all: Received[], { from, to }: { from: number; to: number }): number[] =>
  all.filter(({ at }) => at >= from && at < to).map(({ at, received }) => received - at);

await workApart(watchAll);
