import { setTimeout as sleep } from "node:timers/promises";
import { isLoraloomError } from "@loraloom/client";
import type { Watching } from "../schedule/intent.ts";
import { ask, clientOf } from "./ask.ts";
import { noteOutcome, type ToldRun } from "./diary.ts";
import type { User } from "./user.ts";

type Options = Watching & { host: number };

const pauseMs = 1_000;

/** Watches a run until its last event, whoever cuts it off, and notes every event that it is given. */
export const watchToEnd = async (user: User, told: ToldRun, options: Options): Promise<void> => {
  for (let at = options.host; !user.signal.aborted; at++) {
    try {
      if ((await watchAt(user, told, { ...options, host: at })) === "over") return;
    } catch (error) {
      if (user.signal.aborted) return;
      if (!isLoraloomError(error) || !error.retryable) {
        user.diary.complaints.push(`watching run ${told.runId}: ${String(error)}`);
        return;
      }
      await sleep(pauseMs);
    }
  }
};

const watchAt = async (
  user: User,
  told: ToldRun,
  { host, moveAfter, cancelAfter }: Options,
): Promise<"over" | "moves"> => {
  const { avatarId, versions } = user.diary;
  const { runId, seen } = told;
  const options = { lastEventId: seen.at(-1)?.seq ?? 0, signal: user.signal };
  for await (const event of clientOf(user, host).watchRun({ avatarId, runId }, options)) {
    seen.push({ seq: event.seq, type: event.type });
    if (event.type === "run-completed") versions.push(event.data.versionId);
    if (seen.length === cancelAfter) await cancel(user, told, host);
    if (seen.length === moveAfter) return "moves";
  }
  return "over";
};

/** Also where it is over by now: then it stays as it is. */
const cancel = async (user: User, told: ToldRun, host: number): Promise<void> => {
  const { diary } = user;
  const { runId } = told;
  told.wasCancelAsked = true;
  const asking = { what: `cancelling run ${runId}`, host, isPatient: true };
  const outcome = await ask(user, asking, (client) =>
    client.train.cancel.mutate({ avatarId: diary.avatarId, runId }),
  );
  noteOutcome(diary, `cancel: ${outcome.is}`);
  if (outcome.is === "refused") diary.complaints.push(`cancelling run ${runId} was refused: ${outcome.code}`);
};
