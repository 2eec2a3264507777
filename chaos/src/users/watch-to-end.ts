import { setTimeout as sleep } from "node:timers/promises";
import { isLoraloomError } from "@loraloom/client";
import { isLoraloomError as isPlainError } from "@loraloom/errors";
import type { Watching } from "../schedule/intent.ts";
import { ask, clientOf } from "./ask.ts";
import { noteOutcome, type ToldRun } from "./diary.ts";
import { readRunEvents } from "./read-run-events.ts";
import type { User } from "./user.ts";

type Options = Watching & { host: number };

const endings = ["run-completed", "run-failed", "run-cancelled"];

const pauseMs = 1_000;

/** Watches a run until its last event, whoever cuts it off, and notes every event that it is given. */
export const watchToEnd = async (user: User, told: ToldRun, options: Options): Promise<void> => {
  for (let at = options.host; !user.signal.aborted; at++) {
    try {
      const end = await watchAt(user, told, { ...options, host: at });
      told.isOver = end === "over";
      if (told.isOver) return;
      if (end === "closed") await sleep(pauseMs);
    } catch (error) {
      if (user.signal.aborted) return;
      if (!isRetryable(error)) {
        user.diary.complaints.push(`watching run ${told.runId}: ${String(error)}`);
        return;
      }
      await sleep(pauseMs);
    }
  }
};

/** An error of the client's, or what plain HTTP answered. */
const isRetryable = (error: unknown): boolean =>
  (isLoraloomError(error) || isPlainError(error)) && error.retryable;

const watchAt = async (user: User, told: ToldRun, options: Options): Promise<"over" | "moves" | "closed"> => {
  const { host, by, moveAfter, cancelAfter } = options;
  const { seen } = told;
  const before = seen.length;
  const moves = () => (by === "http" ? seen.length - before > moveAfter : seen.length === moveAfter);
  for await (const { seq, type, data } of eventsAt(user, told, host)) {
    seen.push({ seq, type });
    if (typeof data.versionId === "string") user.diary.versions.push(data.versionId);
    if (seen.length === cancelAfter) await cancel(user, told, options);
    if (moves() && !isOver(told)) return "moves";
  }
  return isOver(told) || by === "client" ? "over" : "closed";
};

const isOver = ({ seen }: ToldRun): boolean => endings.includes(seen.at(-1)?.type ?? "");

type WatchedEvent = { seq: number; type: string; data: Record<string, unknown> };

const eventsAt = (user: User, { runId, by, seen }: ToldRun, host: number): AsyncIterable<WatchedEvent> => {
  const lastEventId = seen.at(-1)?.seq ?? 0;
  if (by === "http") return readRunEvents(user, { runId, lastEventId, host });
  const target = { avatarId: user.diary.avatarId, runId };
  return clientOf(user, host).watchRun(target, { lastEventId, signal: user.signal });
};

/** Also where it is over by now: then it stays as it is. */
const cancel = async (user: User, told: ToldRun, { host, keeps = false }: Options): Promise<void> => {
  const { diary } = user;
  const { runId } = told;
  told.wasCancelAsked = true;
  told.wasKeepAsked = keeps;
  const request = { avatarId: diary.avatarId, runId, ...(keeps && { keep: "checkpoint" as const }) };
  const asking = { what: `cancelling run ${runId}`, host, isPatient: true };
  const outcome = await ask(user, asking, (client) => client.train.cancel.mutate(request));
  noteOutcome(diary, `cancel${keeps ? " and keep" : ""}: ${outcome.is}`);
  if (outcome.is === "refused") diary.complaints.push(`cancelling run ${runId} was refused: ${outcome.code}`);
};
