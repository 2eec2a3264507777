import type { Facts } from "./read-facts.ts";
import type { EventRow, RunRow } from "./rows.ts";
import { eventsOf, literal, type Violation, violationsOf } from "./violation.ts";

const violation = violationsOf("the ledger equals the work done, each step once");
/** Of sums of many numbers with a fraction. */
const tolerance = 1e-6;

/** Steps and tokens as the runs' own events tell them, whichever attempt did them, and however often. */
export const checkLedger = ({ runs, events, ledger }: Facts): Violation[] => {
  const progress = Map.groupBy(
    events.filter(({ type }) => type === "progress"),
    ({ run_id }) => run_id,
  );
  const ofRuns = runs.flatMap((run) => {
    const fault = faultOfRun(run, progress.get(run.id) ?? []);
    return fault ? violation(`run ${run.id}`, fault, eventsOf(run.id)) : [];
  });
  const users = new Set([...runs, ...ledger].map(({ user_id }) => user_id));
  const ofUsers = [...users].flatMap((userId) => {
    const fault = faultOfUser(
      runs.filter(({ user_id }) => user_id === userId),
      ledger.find(({ user_id }) => user_id === userId),
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
  if (run.billed_seconds <= run.lived_seconds) return undefined;
  return `is billed ${run.billed_seconds} s, and lived ${run.lived_seconds} s`;
};

/** 0 where nothing was done. */
const most = (progress: EventRow[], name: "step" | "tokens"): number =>
  Math.max(0, ...progress.map(({ data }) => Number(data[name])));

type Sums = { tokens: number; gpu_seconds: number };

const faultOfUser = (
  runs: RunRow[],
  { tokens, gpu_seconds }: Sums = { tokens: 0, gpu_seconds: 0 },
): string | undefined => {
  const billedTokens = runs.reduce((sum, run) => sum + run.billed_tokens, 0);
  if (billedTokens !== tokens) return `has ${tokens} tokens in the ledger, the runs ${billedTokens}`;
  const billed = runs.reduce((sum, run) => sum + run.billed_seconds, 0);
  const isSame = Math.abs(billed - gpu_seconds) <= tolerance * Math.max(1, billed);
  return isSame ? undefined : `has ${gpu_seconds} s in the ledger, the runs ${billed}`;
};
