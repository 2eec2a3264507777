import { LoraloomError } from "@loraloom/errors";
import { and, asc, desc, eq, isNull, lt, lte, or, type SQL, sql } from "drizzle-orm";
import { newId } from "../new-id.ts";
import { type PageRequest, pageOf } from "../page.ts";
import type { Store } from "../store.ts";
import { type DeliveryFacts, type DeliveryState, webhookDeliveries, webhooks } from "../tables/index.ts";
import { isDue, sendNow } from "./deliver.ts";
import type { Delivery } from "./delivery.ts";
import type { WebhookPolicy } from "./target.ts";
import { testEvent } from "./webhook-event.ts";
import { getWebhook } from "./webhooks.ts";

export type DeliveriesWanted = PageRequest & { webhookId: string; state?: DeliveryState | undefined };

/** The log of a webhook, the newest first. @throws LoraloomError `webhook_not_found` */
export const listDeliveries = async (
  store: Store,
  userId: string,
  { webhookId, state, cursor, limit }: DeliveriesWanted,
): Promise<{ deliveries: Delivery[]; nextCursor: string | null }> => {
  await getWebhook(store, userId, webhookId);
  const rows = await store.db
    .select()
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.webhookId, webhookId),
        state && eq(webhookDeliveries.state, state),
        cursor ? lt(webhookDeliveries.id, cursor) : undefined,
      ),
    )
    .orderBy(desc(webhookDeliveries.id))
    .limit(limit + 1);
  const { page, nextCursor } = pageOf(rows, limit, ({ id }) => id);
  return { deliveries: page, nextCursor };
};

/**
 * Puts a delivery into the outbox again, whatever became of it, with all its tries. A receiver tells by its id that
 * it is the same message.
 *
 * @throws LoraloomError `delivery_not_found`
 */
export const redeliver = (store: Store, userId: string, id: string): Promise<Delivery> =>
  store.db.transaction(async (tx) => {
    const owned = tx.select({ id: webhooks.id }).from(webhooks).where(eq(webhooks.userId, userId));
    const [delivery] = await tx
      .update(webhookDeliveries)
      .set({ state: "pending", tries: 0, dueAt: sql`now()`, claim: null, claimedUntil: null, endedAt: null })
      .where(and(eq(webhookDeliveries.id, id), sql`${webhookDeliveries.webhookId} in (${owned})`))
      .returning();
    if (!delivery) throw deliveryNotFound(id);
    await tx.update(webhooks).set({ restsUntil: null }).where(eq(webhooks.id, delivery.webhookId));
    return delivery;
  });

const deliveryNotFound = (id: string): LoraloomError =>
  new LoraloomError("delivery_not_found", `There is no delivery '${id}'.`, { details: { deliveryId: id } });

/** Sends a message that tells of no run, once and at once. @throws LoraloomError `webhook_not_found` */
export const testWebhook = async (
  store: Store,
  { userId, id: webhookId }: { userId: string; id: string },
  policy: WebhookPolicy,
): Promise<Delivery> => {
  const webhook = await getWebhook(store, userId, webhookId);
  const [delivery] = await store.db
    .insert(webhookDeliveries)
    .values({ id: `${newId()}-${webhookId}`, webhookId, type: testEvent, facts: testFacts(webhook) })
    .returning();
  if (!delivery) throw new Error("An insert answered with no row.");
  return (await sendNow(store, delivery, policy)) ?? delivery;
};

/** Of no run; stamped by the database's clock as those of runs are. */
const testFacts = ({ userId, avatarId }: { userId: string; avatarId: string | null }): SQL => {
  const facts: Omit<DeliveryFacts, "at"> = {
    ...{ userId, avatarId },
    ...{ runId: null, name: null, seq: null, attempt: null, status: null, versionId: null, errorCode: null },
    ...{ createdAt: null, startedAt: null, finishedAt: null },
  };
  return sql`${JSON.stringify(facts)}::jsonb || jsonb_build_object('at', now())`;
};

/** Webhooks that have something to send, the one that waits longest first; not those that are off or rest. */
export const findDueWebhooks = ({ db }: Store, limit: number): Promise<{ webhookId: string }[]> => {
  const isAwake = or(isNull(webhooks.restsUntil), lte(webhooks.restsUntil, sql`now()`));
  return db
    .select({ webhookId: webhookDeliveries.webhookId })
    .from(webhookDeliveries)
    .innerJoin(webhooks, eq(webhooks.id, webhookDeliveries.webhookId))
    .where(and(isDue, isNull(webhooks.disabledAt), isAwake))
    .groupBy(webhookDeliveries.webhookId)
    .orderBy(asc(sql`min(${webhookDeliveries.dueAt})`))
    .limit(limit);
};
