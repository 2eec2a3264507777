import type { WrittenDiary } from "../users/diary.ts";
import type { Facts } from "./read-facts.ts";
import type { EventRow, RunRow } from "./rows.ts";
import { type Span, secondsAlone } from "./seconds-alone.ts";
import { eventsOf, literal, type Violation, violationsOf } from "./violation.ts";

const violation = violationsOf("the ledger equals the work done, each step once");
/** Of sums of many numbers with a fraction. */
const tolerance = 1e-6;
/** Of the engine's own seconds what it takes before its first step and after its last one is nobody's, beside a fraction. */
const unbilledSeconds = 0.2;
const unbilledShare = 0.1;

/** Steps and tokens as the runs' own events tell them, whichever attempt did them, and however often. */
export const checkLedger = ({ runs, events, ledger }: Facts, diaries: WrittenDiary[]): Violation[] => {
  const alone = secondsAlone(events, spansOfDeleted(diaries));
  const progress = Map.groupBy(
    events.filter(({ type }) => type === "progress"),
    ({ run_id }) => run_id,
  );
  const ofRuns = runs.flatMap((run) => {
    const fault = faultOfRun(run, progress.get(run.id) ?? []) ?? faultOfSeconds(run, alone.get(run.id) ?? 0);
    return fault ? violation(`run ${run.id}`, fault, eventsOf(run.id)) : [];
  });
  const users = new Set([...runs, ...ledger].map(({ user_id }) => user_id));
  const ofUsers = [...users].flatMap((userId) => {
    const own = runs.filter(({ user_id }) => user_id === userId);
    const bills = [...own.map(billOf), ...billsOfDeleted(diaries, { userId, own })];
    const fault = faultOfUser(
      bills,
      ledger.find((row) => row.user_id === userId),
    );
    const look = `select * from usage_ledger where user_id = ${literal(userId)}`;
    return fault ? violation(userId, fault, look) : [];
  });
  return [...ofRuns, ...ofUsers];
};

const faultOfRun = (run: RunRow, progress: EventRow[]): string | undefined => {
  const step = most(progress, "step");
  const tokens = most(progress, "tokens");
  if (run.billed_step !== step) return `did ${step} steps and is billed ${run.billed_step}`;
  if (run.billed_tokens !== tokens) return `learnt ${tokens} tokens and is billed ${run.billed_tokens}`;
  return undefined;
};

/** Not more than it lived, and not less than it had its worker's engine for itself. */
const faultOfSeconds = (
  { billed_seconds, billed_step, lived_seconds }: RunRow,
  alone: number,
): string | undefined => {
  if (billed_seconds > lived_seconds) return `is billed ${billed_seconds} s, and lived ${lived_seconds} s`;
  if (billed_seconds < alone * (1 - unbilledShare) - unbilledSeconds)
    return `is billed ${billed_seconds} s, and had an engine for itself for ${alone} s`;
  return billed_step > 0 && billed_seconds <= 0
    ? `did ${billed_step} steps in ${billed_seconds} s`
    : undefined;
};

/** 0 where nothing was done. */
const most = (progress: EventRow[], name: "step" | "tokens"): number =>
  Math.max(0, ...progress.map(({ data }) => Number(data[name])));

type Sums = { tokens: number; gpu_seconds: number };

const billOf = ({ billed_tokens, billed_seconds }: RunRow): Sums => ({
  tokens: billed_tokens,
  gpu_seconds: billed_seconds,
});

const spansOfDeleted = (diaries: WrittenDiary[]): Span[] =>
  diaries.flatMap(({ runs }) =>
    runs.flatMap(({ deleted }) => (deleted ? { from: deleted.startedAt, to: deleted.finishedAt } : [])),
  );

/** What was used stays used. */
const billsOfDeleted = (
  diaries: WrittenDiary[],
  { userId, own }: { userId: string; own: RunRow[] },
): Sums[] => {
  const there = new Set(own.map(({ id }) => id));
  const told = diaries.filter((diary) => diary.userId === userId).flatMap((diary) => diary.runs);
  return told
    .filter(({ runId }) => !there.has(runId))
    .flatMap(({ deleted }) => (deleted ? [{ tokens: deleted.tokens, gpu_seconds: deleted.gpuSeconds }] : []));
};

const faultOfUser = (
  bills: Sums[],
  { tokens, gpu_seconds }: Sums = { tokens: 0, gpu_seconds: 0 },
): string | undefined => {
  const billedTokens = bills.reduce((sum, bill) => sum + bill.tokens, 0);
  if (billedTokens !== tokens) return `has ${tokens} tokens in the ledger, the runs ${billedTokens}`;
  const billed = bills.reduce((sum, bill) => sum + bill.gpu_seconds, 0);
  const isSame = Math.abs(billed - gpu_seconds) <= tolerance * Math.max(1, billed);
  return isSame ? undefined : `has ${gpu_seconds} s in the ledger, the runs ${billed}`;
};
