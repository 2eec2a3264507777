import type { Injected } from "../faults/follow-faults.ts";
import type { Tables } from "../invariants/read-facts.ts";
import type { EventRow } from "../invariants/rows.ts";
import type { Received } from "../receiver/start-receiver.ts";
import type { Diary } from "../users/diary.ts";

/** How often each thing happened, by a word for it. */
export type Counts = { title: string; rows: [what: string, count: number][] }[];

export type Lived = { injected: Injected[]; diaries: Diary[]; received: Received[] };

export const countEverything = (tables: Tables, { injected, diaries, received }: Lived): Counts => [
  { title: "faults", rows: tally(injected.map(describeOutcome)) },
  { title: "runs", rows: tally(tables.runs.map(({ status, error }) => named(status, error?.code))) },
  { title: "what runs went through", rows: countPassages(tables) },
  { title: "what was seen", rows: countSeen(diaries, received) },
  { title: "users' wishes", rows: sumOutcomes(diaries) },
];

const describeOutcome = ({ kind, outcome }: Injected): string =>
  outcome === "hit" ? kind : `${kind}, ${outcome}`;

const named = (status: string, code: string | undefined): string => (code ? `${status} (${code})` : status);

const countPassages = ({ runs, events, versions }: Tables): [string, number][] => {
  const resumed = events.filter(isResumed);
  const requeued = events.filter(({ type }) => type === "run-requeued");
  return [
    ["attempts", runs.reduce((sum, { attempt }) => sum + attempt, 0)],
    ["runs with more than one attempt", runs.filter(({ attempt }) => attempt > 1).length],
    ["resumed from a checkpoint", resumed.length],
    ...tally(requeued.map(({ data }) => `requeued: ${data.reason}`)),
    ["versions", versions.length],
    ["events", events.length],
  ];
};

const countSeen = (diaries: Diary[], received: Received[]): [string, number][] => {
  const runs = diaries.flatMap((diary) => diary.runs);
  const seenBy = (way: "client" | "http") =>
    runs.filter(({ by }) => by === way).reduce((sum, { seen }) => sum + seen.length, 0);
  return [
    ["events by the client", seenBy("client")],
    ["events by plain HTTP", seenBy("http")],
    ["messages of webhooks", received.length],
    ["of them sent again", received.length - new Set(received.map(({ id }) => id)).size],
  ];
};

const sumOutcomes = (diaries: Diary[]): [string, number][] => {
  const sums = new Map<string, number>();
  for (const { outcomes } of diaries)
    for (const [what, count] of outcomes) sums.set(what, (sums.get(what) ?? 0) + count);
  return [...sums].sort();
};

const tally = (words: string[]): [string, number][] =>
  [...Map.groupBy(words, (word) => word)].map(([word, all]): [string, number] => [word, all.length]).sort();

const isResumed = ({ type, data }: Pick<EventRow, "type" | "data">): boolean =>
  type === "run-started" && Number(data.resumedFromStep) > 0;
