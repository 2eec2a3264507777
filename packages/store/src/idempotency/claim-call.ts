import { setTimeout as sleep } from "node:timers/promises";
import { LoraloomError } from "@loraloom/errors";
import { and, eq, sql } from "drizzle-orm";
import { newId } from "../new-id.ts";
import type { Store } from "../store.ts";
import { idempotencyKeys } from "../tables/index.ts";
import { type Call, type Claim, keptHours, ofKey } from "./call.ts";

/** Renewed while the work goes on; a process that was killed leaves its call to the next one after this. */
export const workingSeconds = 30;
const pollMilliseconds = 100;
/** A twin that waits longer is told to come again. */
const waitMilliseconds = 60_000;

export type Claimed =
  /** `made`: what an earlier try recorded before its process was gone. */
  | { is: "ours"; claim: Claim; made: string | null }
  | { is: "answered"; answer: unknown; made: string | null };

type Taking = {
  /** Whether work that may have been done may be done again. */
  again: boolean;
  /** Whether the call's answers are kept. */
  kept: boolean;
};

/**
 * Takes a call, or finds how it was answered. A twin that is being worked on is waited for.
 *
 * @throws LoraloomError `idempotency_conflict` (the key stands for another call), `call_in_progress` (for 60 s),
 * `outcome_unknown` (its process ended in the middle, and it may not be done again)
 */
export const claimCall = async (store: Store, call: Call, taking: Taking): Promise<Claimed> => {
  const deadline = performance.now() + waitMilliseconds;
  for (;;) {
    const claimed = (await takeKey(store, call)) ?? (await lookAtKey(store, call, taking));
    if (claimed) return claimed;
    if (performance.now() > deadline) throw inProgress(call);
    await sleep(pollMilliseconds);
  }
};

const workingUntil = sql`now() + make_interval(secs => ${workingSeconds})`;

const takeKey = async ({ db }: Store, call: Call): Promise<Claimed | undefined> => {
  const claimId = newId();
  const begun = { ...call, claimId, workingUntil, state: "working", made: null, answer: null } as const;
  const [taken] = await db
    .insert(idempotencyKeys)
    .values(begun)
    .onConflictDoUpdate({
      target: [idempotencyKeys.userId, idempotencyKeys.key],
      set: { ...begun, createdAt: sql`now()` },
      // The sweep that removes expired keys may be late.
      setWhere: sql`${idempotencyKeys.createdAt} < now() - make_interval(hours => ${keptHours})
        and ${idempotencyKeys.workingUntil} < now()`,
    })
    .returning({ key: idempotencyKeys.key });
  return taken && { is: "ours", claim: { ...call, claimId }, made: null };
};

const keyColumns = {
  procedure: idempotencyKeys.procedure,
  requestHash: idempotencyKeys.requestHash,
  state: idempotencyKeys.state,
  claimId: idempotencyKeys.claimId,
  made: idempotencyKeys.made,
  answer: idempotencyKeys.answer,
  isWorking: sql<boolean>`state = 'working' and working_until > now()`,
};

const lookAtKey = async (store: Store, call: Call, taking: Taking): Promise<Claimed | undefined> => {
  const [found] = await store.db.select(keyColumns).from(idempotencyKeys).where(ofKey(call));
  // Its first call failed a moment ago.
  if (!found) return undefined;
  const isSame = [call.requestHash, ...(call.formerHashes ?? [])].includes(found.requestHash);
  if (found.procedure !== call.procedure || !isSame) throw conflict(call, found.procedure);
  if (found.isWorking) return undefined;
  const { state, answer, made } = found;
  if (state === "answered" && taking.kept) return { is: "answered", answer, made };
  if (state !== "answered" && made === null && !taking.again) throw outcomeUnknown(call);
  return takeOver(store, call, found);
};

const takeOver = async (
  { db }: Store,
  call: Call,
  { claimId: former, made }: { claimId: string; made: string | null },
): Promise<Claimed | undefined> => {
  const claimId = newId();
  const [taken] = await db
    .update(idempotencyKeys)
    .set({ claimId, workingUntil, state: "working" })
    .where(and(ofKey(call), eq(idempotencyKeys.claimId, former)))
    .returning({ key: idempotencyKeys.key });
  return taken && { is: "ours", claim: { ...call, claimId }, made };
};

const conflict = ({ key, procedure }: Call, used: string): LoraloomError =>
  new LoraloomError(
    "idempotency_conflict",
    `Idempotency key '${key}' was used for another ${used === procedure ? "request" : `call, '${used}'`}.`,
    { details: { idempotencyKey: key, procedure: used } },
  );

const inProgress = ({ key, procedure }: Call): LoraloomError =>
  new LoraloomError(
    "call_in_progress",
    `The first call of '${procedure}' with idempotency key '${key}' still goes on.`,
    { details: { idempotencyKey: key, procedure } },
  );

const outcomeUnknown = ({ key, procedure }: Call): LoraloomError =>
  new LoraloomError(
    "outcome_unknown",
    `The first call of '${procedure}' with idempotency key '${key}' ended without an answer; it may have been done.`,
    { details: { idempotencyKey: key, procedure } },
  );
