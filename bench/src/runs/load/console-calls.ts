import type { Random } from "../../measure/random.ts";
import { avatarId } from "../people.ts";
import type { Api } from "./open-api.ts";

/** Somebody at a console, and a run of his that waits. */
export type Visitor = { key: string; runId: string };

type Calls = { api: Api; visitors: readonly Visitor[]; random: Random };
type Call = (visitor: Visitor) => Promise<unknown>;

/**
 * What pages of a console call, each time for another person: out of 100 calls 75 read and 25 change something.
 *
 * @returns makes the next call
 */
export const consoleCalls = ({ api, visitors, random }: Calls): (() => Promise<unknown>) => {
  const mix = mixOf(api).flatMap(([share, call]) => Array.from({ length: share }, () => call));
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  return () => pick(mix)(pick(visitors));
};

/** Each call with its share in 100. */
const mixOf = (api: Api): [number, Call][] => {
  const read =
    (procedure: string, input: object = {}): Call =>
    ({ key }) =>
      api.query(key, procedure, { avatarId, ...input });
  const { start, cancel } = startedRuns(api);
  return [
    [20, read("train.list", { limit: 20 })],
    [20, ({ key, runId }) => api.query(key, "train.get", { avatarId, runId })],
    [10, read("adapter.get")],
    [5, read("adapter.versions")],
    [15, read("trainingData.list", { limit: 50 })],
    [5, read("trainingData.summary")],
    [
      10,
      ({ key }) =>
        api.mutate(key, "trainingData.setFlag", { avatarId, name: "chats.jsonl", useForTraining: true }),
    ],
    [5, ({ key }) => api.mutate(key, "trainingData.createUpload", { avatarId, ...newFile })],
    [5, start],
    [5, cancel],
  ];
};

const newFile = { name: "more.jsonl", size: 5, type: "application/jsonl", sha256: "0".repeat(64) };

/** Starts runs, and cancels the one that was started longest ago; where none is left the page looks for it. */
const startedRuns = (api: Api): { start: Call; cancel: Call } => {
  const started: Visitor[] = [];
  return {
    start: async ({ key }) => {
      const runId = await api.start(key, { name: "from the console" });
      started.push({ key, runId });
    },
    cancel: ({ key }) => {
      const run = started.shift();
      if (!run) return api.query(key, "train.list", { avatarId, limit: 20 });
      return api.mutate(run.key, "train.cancel", { avatarId, runId: run.runId });
    },
  };
};
