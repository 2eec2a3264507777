import { hostCount, type Planned } from "./fault.ts";
import type { Intent, UserIntent, Watching } from "./intent.ts";
import { createRandom, type Random } from "./random.ts";

export type IntentPace = {
  seconds: number;
  /** Of one user. */
  between: readonly [least: number, most: number];
  /** Of a run. */
  steps: readonly [least: number, most: number];
};

const names = ["alba.jsonl", "brio.jsonl", "Café 2.jsonl", "__proto__", "été.jsonl"] as const;

/** What a user does in one row; beside it, in another one, they have to do with runs. */
export const isAboutFiles = ({ kind }: Intent): boolean =>
  kind === "upload" || kind === "flip" || kind === "flip-all" || kind === "delete";

/** How often each comes, of all. */
const weights = [
  ["flip", 30],
  ["upload", 17],
  ["start", 16],
  ["rerun", 6],
  ["delete-run", 5],
  ["share", 6],
  ["flip-all", 8],
  ["delete", 8],
  ["chat", 7],
  ["rollback", 4],
] as const satisfies [Intent["kind"], number][];
const deck = weights.flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind));

/** What a user of that number does, by a seed; the first is an upload, so that there is something to train on. */
export const planIntents = (seed: number, user: number, pace: IntentPace): Planned<UserIntent>[] => {
  const random = createRandom(`${seed} user ${user}`);
  const planned: Planned<UserIntent>[] = [];
  for (let at = random.between(0, 1); at < pace.seconds; at += random.between(...pace.between)) {
    const kind = firstKinds[planned.length] ?? random.pick(deck as [Intent["kind"], ...Intent["kind"][]]);
    const intent = toIntent(random, kind, pace);
    planned.push({ ...intent, at, host: random.below(hostCount), isPatient: random.chance(0.8) });
  }
  return planned;
};

const firstKinds: Intent["kind"][] = ["upload", "start"];

const toIntent = (random: Random, kind: Intent["kind"], { steps }: IntentPace): Intent => {
  switch (kind) {
    case "upload":
      return { kind, name: random.pick(names), ...newContent(random) };
    case "flip":
      return { kind, name: random.pick(names), used: random.chance(0.6) };
    case "flip-all":
      return { kind, used: random.chance(0.7) };
    case "delete":
      return { kind, name: random.pick(names) };
    case "start":
      return {
        kind,
        steps: Math.round(random.between(...steps)),
        publish: random.chance(0.8) ? "current" : "candidate",
        ...watching(random),
      };
    case "rerun":
      return {
        kind,
        pick: random.below(picks),
        steps: Math.round(random.between(...steps)),
        ...watching(random),
      };
    case "delete-run":
      return { kind, pick: random.below(picks) };
    case "share":
      return { kind, role: random.pick(["member", "read-only", null]) };
    case "chat":
      return { kind, question: `Say ${random.below(100)}.` };
    case "rollback":
      return { kind };
  }
};

/** A number from which one of however many is chosen. */
const picks = 1_000;

const watching = (random: Random): Watching => ({
  by: random.chance(0.5) ? "http" : "client",
  moveAfter: random.below(40),
  ...(random.chance(0.3) && { cancelAfter: 1 + random.below(30), keeps: random.chance(0.5) }),
});

const newContent = (random: Random) => ({
  rows: 3 + random.below(8),
  mark: `mark${random.below(1_000_000)}`,
  ...(random.chance(0.3) && { used: random.chance(0.5) }),
});
