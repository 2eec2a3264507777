import { setTimeout as sleep } from "node:timers/promises";
import { isLoraloomError } from "@loraloom/client";
import { clientOf } from "./ask.ts";
import type { ToldRun } from "./diary.ts";
import type { User } from "./user.ts";

type Watching = {
  host: number;
  /** After so many events it breaks off once and goes on at another host. */
  moveAfter: number;
};

const pauseMs = 1_000;

/** Watches a run until its last event, whoever cuts it off, and notes every event that it is given. */
export const watchToEnd = async (user: User, told: ToldRun, { host, moveAfter }: Watching): Promise<void> => {
  for (let at = host; !user.signal.aborted; at++) {
    try {
      if ((await watchAt(user, told, { host: at, moveAfter })) === "over") return;
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
  { runId, seen }: ToldRun,
  { host, moveAfter }: Watching,
): Promise<"over" | "moves"> => {
  const { avatarId, versions } = user.diary;
  const options = { lastEventId: seen.at(-1)?.seq ?? 0, signal: user.signal };
  for await (const event of clientOf(user, host).watchRun({ avatarId, runId }, options)) {
    seen.push({ seq: event.seq, type: event.type });
    if (event.type === "run-completed") versions.push(event.data.versionId);
    if (seen.length === moveAfter) return "moves";
  }
  return "over";
};
