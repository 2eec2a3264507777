import { LoraloomError } from "@loraloom/errors";
import { sql } from "drizzle-orm";
import type { Executor, Store } from "../store.ts";
import { idempotencyKeys } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { type Claim, ofClaim } from "./call.ts";
import { workingSeconds } from "./claim-call.ts";

/** Says that a call is still worked on, until disposed. */
export const keepWorking = (store: Store, claim: Claim): Disposable => {
  const renew = () =>
    store.db
      .update(idempotencyKeys)
      .set({ workingUntil: sql`now() + make_interval(secs => ${workingSeconds})` })
      .where(ofClaim(claim))
      .catch((error: unknown) =>
        store.log.warn({ error }, "a call that goes on could not say so; a twin may take it up"),
      );
  const timer = setInterval(() => void renew(), (workingSeconds * 1000) / 3);
  return { [Symbol.dispose]: () => clearInterval(timer) };
};

/**
 * Records what a call makes, in the transaction that makes it: whoever takes the call up after a crash finds it.
 *
 * @throws LoraloomError `call_in_progress` where another process has taken the call up: nothing is made twice
 */
export const recordMade = async (tx: Transaction, claim: Claim, made: string): Promise<void> => {
  if (await settle(tx, claim, { made })) return;
  throw new LoraloomError(
    "call_in_progress",
    `The call with idempotency key '${claim.key}' was taken up by another process.`,
    { details: { idempotencyKey: claim.key } },
  );
};

/** Keeps the answer for whoever asks again; `answer` is left out where it must not be kept. */
export const recordAnswer = async (
  store: Store,
  claim: Claim,
  { answer = null, made }: { answer?: unknown; made: string | null },
): Promise<void> => {
  await settle(store.db, claim, { state: "answered", answer, made });
};

/** After a failure that may have come after the work. */
export const recordUnknown = async (store: Store, claim: Claim): Promise<void> => {
  await settle(store.db, claim, { state: "unknown" });
};

/** After a failure before which nothing was done: the key is free again. */
export const releaseKey = async (store: Store, claim: Claim): Promise<void> => {
  await store.db.delete(idempotencyKeys).where(ofClaim(claim));
};

const settle = async (
  db: Executor,
  claim: Claim,
  set: Partial<typeof idempotencyKeys.$inferInsert>,
): Promise<boolean> => {
  const settled = await db
    .update(idempotencyKeys)
    .set(set)
    .where(ofClaim(claim))
    .returning({ key: idempotencyKeys.key });
  return settled.length > 0;
};
