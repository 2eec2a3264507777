/** What users do about runs: each of these calls has a key, so that it is done once however often it is sent. */
import { randomUUID } from "node:crypto";
import type { Client } from "@loraloom/client";
import type { Watching } from "../schedule/intent.ts";
import type { Act, Acted } from "./acted.ts";
import { type Asking, ask } from "./ask.ts";
import type { ToldRun } from "./diary.ts";
import type { User } from "./user.ts";
import { watchToEnd } from "./watch-to-end.ts";

export const start: Act<"start"> = (user, { steps, publish, ...watching }, asking) => {
  const request = {
    avatarId: user.diary.avatarId,
    publish,
    idempotencyKey: randomUUID(),
    hyperparameters: { rank: 4, batchSize: 1, epochs: 1000, maxSteps: steps },
  };
  return begin(user, { asking, watching, call: (client) => client.train.start.mutate(request) });
};

export const rerun: Act<"rerun"> = async (user, { pick, steps, ...watching }, asking) => {
  const { avatarId, runs } = user.diary;
  const source = picked(runs.filter(isThere), pick);
  if (!source) return { is: "nothing there" };
  const request = {
    avatarId,
    runId: source.runId,
    idempotencyKey: randomUUID(),
    hyperparameters: { maxSteps: steps },
  };
  return begin(user, { asking, watching, call: (client) => client.train.rerun.mutate(request) });
};

type Beginning = {
  asking: Asking;
  watching: Watching;
  call: (client: Client) => Promise<{ id: string }>;
};

const begin = async (user: User, { asking, watching, call }: Beginning): Promise<Acted> => {
  const outcome = await ask(user, asking, call);
  if (outcome.is !== "done") return outcome;
  const told: ToldRun = {
    runId: outcome.value.id,
    by: watching.by,
    wasCancelAsked: false,
    wasKeepAsked: false,
    isOver: false,
    seen: [],
  };
  user.diary.runs.push(told);
  return { is: outcome.is, watcher: watchToEnd(user, told, { host: asking.host, ...watching }) };
};

/** One whose end was seen: nobody waits for an event of it any more. What it was billed is noted before. */
export const deleteRun: Act<"delete-run"> = async (user, { pick }, asking) => {
  const { avatarId, runs } = user.diary;
  const told = picked(
    runs.filter((run) => run.isOver && isThere(run)),
    pick,
  );
  if (!told) return { is: "nothing there" };
  const target = { avatarId, runId: told.runId };
  const found = await ask(user, asking, (client) => client.train.get.query(target));
  if (found.is !== "done") return found;
  const { usage, startedAt, finishedAt } = found.value;
  const bill = {
    tokens: usage.tokens,
    gpuSeconds: usage.gpuSeconds,
    startedAt: secondsOf(startedAt),
    finishedAt: secondsOf(finishedAt),
  };
  const request = { ...target, idempotencyKey: randomUUID() };
  const outcome = await ask(user, asking, (client) => client.train.delete.mutate(request));
  if (outcome.is !== "refused") told.deleted = { answer: outcome.is, ...bill };
  return outcome;
};

/** 0: never. */
const secondsOf = (moment: Date | null): number => (moment?.getTime() ?? 0) / 1_000;

const isThere = ({ deleted }: ToldRun): boolean => deleted === undefined;

const picked = <Item>(items: Item[], pick: number): Item | undefined => items[pick % items.length];
