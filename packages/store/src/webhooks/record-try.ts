import { and, eq, sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { type DeliveryTry, webhookDeliveries, webhooks } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import type { Delivery } from "./delivery.ts";
import { mostTries, pauseAfter, restAfter } from "./schedule.ts";
import { testEvent } from "./webhook-event.ts";

/** Of one delivery; older ones are forgotten. */
const triesKept = 20;

/** Writes what became of a try. @returns the delivery; `undefined`: a newer claim has it, or it is gone */
export const recordTry = (
  store: Store,
  delivery: Delivery,
  made: DeliveryTry,
): Promise<Delivery | undefined> =>
  store.db.transaction(async (tx) => {
    const isDelivered = isSuccess(made);
    const next = isDelivered ? ended("delivered") : afterFailure(delivery);
    const [recorded] = await tx
      .update(webhookDeliveries)
      .set({ ...next, claim: null, claimedUntil: null, log: [...delivery.log, made].slice(-triesKept) })
      .where(and(eq(webhookDeliveries.id, delivery.id), eq(webhookDeliveries.claim, delivery.claim ?? "")))
      .returning();
    if (recorded) await (isDelivered ? endRest(tx, delivery) : rest(tx, delivery));
    return recorded;
  });

const isSuccess = ({ status }: DeliveryTry): boolean => status !== null && status >= 200 && status < 300;

const ended = (state: "delivered" | "dead") => ({ state, endedAt: sql`now()` });

const afterFailure = ({ tries, type }: Delivery) => {
  if (type === testEvent || tries >= mostTries) return ended("dead");
  return { dueAt: sql`now() + make_interval(secs => ${pauseAfter(tries)})` };
};

const endRest = (tx: Transaction, { webhookId }: Delivery) =>
  tx.update(webhooks).set({ failures: 0, restsUntil: null }).where(eq(webhooks.id, webhookId));

const rest = async (tx: Transaction, { webhookId }: Delivery): Promise<void> => {
  const [webhook] = await tx
    .update(webhooks)
    .set({ failures: sql`failures + 1` })
    .where(eq(webhooks.id, webhookId))
    .returning({ failures: webhooks.failures });
  if (!webhook) return;
  const restsUntil = sql`now() + make_interval(secs => ${restAfter(webhook.failures)})`;
  await tx.update(webhooks).set({ restsUntil }).where(eq(webhooks.id, webhookId));
};
