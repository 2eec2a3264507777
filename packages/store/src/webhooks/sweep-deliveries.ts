import { and, asc, eq, exists, gte, inArray, isNotNull, lt, or, sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { webhookDeliveries, webhooks } from "../tables/index.ts";
import type { DeliveryTry } from "../tables/webhooks.ts";
import { mostTries } from "./schedule.ts";

const daysKept = 30;
/** A receiver that fails is tried every five minutes at most: more may come for it than is tried, day after day. */
const daysWaited = 3;
/** More than this wait for the next sweep. */
const batch = 5_000;

/**
 * Gives up what has waited long in vain, and forgets deliveries that came to their end long ago, the oldest first.
 *
 * @returns how many
 */
export const sweepDeliveries = async (store: Store): Promise<number> =>
  (await giveUpWaiting(store)) + (await forgetEnded(store));

/** Not of a receiver that answers: what waits for hosts that were away is sent when they are back. */
const giveUpWaiting = async ({ db }: Store): Promise<number> => {
  const { id, webhookId, state, dueAt, log } = webhookDeliveries;
  const isFailing = or(isNotNull(webhooks.disabledAt), gte(webhooks.failures, mostTries));
  const failing = db
    .select({ id: webhooks.id })
    .from(webhooks)
    .where(and(eq(webhooks.id, webhookId), isFailing));
  const due = db
    .select({ id })
    .from(webhookDeliveries)
    .where(
      and(
        eq(state, "pending"),
        lt(dueAt, sql`now() - make_interval(days => ${daysWaited})`),
        exists(failing),
      ),
    )
    .orderBy(asc(dueAt))
    .limit(batch);
  const given = await db
    .update(webhookDeliveries)
    .set({ state: "dead", endedAt: sql`now()`, log: sql`${log} || jsonb_build_array(${givenUp})` })
    .where(inArray(id, due))
    .returning({ id });
  return given.length;
};

const inVain: Omit<DeliveryTry, "at"> = {
  milliseconds: 0,
  status: null,
  answer: "",
  error: `given up: it waited for ${daysWaited} days, as the webhook was off or its receiver failed`,
};
const givenUp = sql`${JSON.stringify(inVain)}::jsonb || jsonb_build_object('at', now())`;

const forgetEnded = async ({ db }: Store): Promise<number> => {
  const { id, endedAt } = webhookDeliveries;
  const due = db
    .select({ id })
    .from(webhookDeliveries)
    .where(lt(endedAt, sql`now() - make_interval(days => ${daysKept})`))
    .orderBy(asc(endedAt))
    .limit(batch);
  const removed = await db.delete(webhookDeliveries).where(inArray(id, due)).returning({ id });
  return removed.length;
};
