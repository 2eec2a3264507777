import { isLoraloomError } from "@loraloom/errors";
import { and, asc, eq, getTableColumns, lte, or, type SQL, sql } from "drizzle-orm";
import { newId } from "../new-id.ts";
import { openSecret } from "../secrets/index.ts";
import type { Store } from "../store.ts";
import { type DeliveryTry, webhookDeliveries, webhooks } from "../tables/index.ts";
import { type Delivery, type Webhook, webhookSecretContext } from "./delivery.ts";
import { messageOf } from "./message.ts";
import { type Answer, post } from "./post.ts";
import { recordTry } from "./record-try.ts";
import { signatureHeaders } from "./sign.ts";
import { resolveTarget, type WebhookPolicy } from "./target.ts";

/** Longer than a try takes; then another process may send it once more. */
const claimSeconds = 60;
/** A receiver that hangs or drips is given up. */
const usualDeadlineMilliseconds = 10_000;
/** One turn of a webhook; others have theirs. */
const turnMilliseconds = 15_000;

/** By the database's clock. */
export const isDue: SQL | undefined = and(
  eq(webhookDeliveries.state, "pending"),
  lte(webhookDeliveries.dueAt, sql`now()`),
  or(sql`${webhookDeliveries.claimedUntil} is null`, lte(webhookDeliveries.claimedUntil, sql`now()`)),
);

/**
 * Sends what is due to one webhook, in order, until all is sent, one fails, or its turn is over. Its row is read for each
 * message: one that is turned off, or sent elsewhere, is so from the next one on.
 */
export const sendDue = async (store: Store, webhookId: string, policy: WebhookPolicy): Promise<void> => {
  const end = performance.now() + turnMilliseconds;
  while (performance.now() < end) {
    const receiver = await findReceiver(store, webhookId, policy);
    if (!receiver || receiver.webhook.disabledAt) return;
    const tried = await tryNext(store, receiver, isDue);
    if (tried?.state !== "delivered") return;
  }
};

/** Tries to send one delivery now, unless somebody is just doing so. @returns it as it is after the try */
export const sendNow = async (
  store: Store,
  { id, webhookId }: Pick<Delivery, "id" | "webhookId">,
  policy: WebhookPolicy,
): Promise<Delivery | undefined> => {
  const receiver = await findReceiver(store, webhookId, policy);
  return receiver && tryNext(store, receiver, and(eq(webhookDeliveries.id, id), isDue));
};

type Receiver = { webhook: Webhook; policy: WebhookPolicy };

const findReceiver = async (
  { db }: Store,
  webhookId: string,
  policy: WebhookPolicy,
): Promise<Receiver | undefined> => {
  const [webhook] = await db.select().from(webhooks).where(eq(webhooks.id, webhookId));
  return webhook && { webhook, policy };
};

/** @returns the first of these as it is after a try; `undefined`: there is none */
const tryNext = async (
  store: Store,
  receiver: Receiver,
  which: SQL | undefined,
): Promise<Delivery | undefined> => {
  const delivery = await claim(store, and(eq(webhookDeliveries.webhookId, receiver.webhook.id), which));
  return delivery && recordTry(store, delivery, await tryOnce(store, receiver, delivery));
};

/** `claimedAt`: by the database's clock, as receivers refuse what a host signs by one that is wrong. */
type Claimed = Delivery & { claimedAt: Date };

/** One statement: of several processes one gets it. A crash before the try is recorded leaves it to be tried again. */
const claim = async ({ db }: Store, which: SQL | undefined): Promise<Claimed | undefined> => {
  const next = db
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .where(which)
    .orderBy(asc(webhookDeliveries.id))
    .limit(1)
    .for("update", { skipLocked: true });
  const [claimed] = await db
    .update(webhookDeliveries)
    .set({
      claim: newId(),
      claimedUntil: sql`now() + make_interval(secs => ${claimSeconds})`,
      tries: sql`tries + 1`,
    })
    .where(sql`${webhookDeliveries.id} = (${next})`)
    .returning({
      ...getTableColumns(webhookDeliveries),
      claimedAt: sql<Date>`now()`.mapWith(webhookDeliveries.dueAt),
    });
  return claimed;
};

const tryOnce = async (store: Store, receiver: Receiver, delivery: Claimed): Promise<DeliveryTry> => {
  const at = delivery.claimedAt.toISOString();
  const begun = performance.now();
  const took = () => Math.round(performance.now() - begun);
  try {
    const secret = await openSigningSecret(store, receiver.webhook);
    const answer = await send({ ...receiver, secret }, delivery);
    return { at, milliseconds: took(), ...answer, error: null };
  } catch (error) {
    const { id, webhookId } = delivery;
    store.log.info({ error, deliveryId: id, webhookId }, "a webhook got no answer");
    return { at, milliseconds: took(), status: null, answer: "", error: reasonOf(error) };
  }
};

/** A host that has the right master keys again sends it at one of the next tries. */
const openSigningSecret = async ({ masterKeys, log }: Store, webhook: Webhook): Promise<string> => {
  try {
    return await openSecret(masterKeys, webhookSecretContext(webhook), webhook.sealed);
  } catch (error) {
    if (isLoraloomError(error))
      log.error({ code: error.code, remedy: error.remedy, webhookId: webhook.id }, error.message);
    throw error;
  }
};

const send = async (
  { webhook, secret, policy }: Receiver & { secret: string },
  { id, type, facts, claimedAt }: Claimed,
): Promise<Answer> => {
  const target = await resolveTarget(webhook.url, policy);
  const body = JSON.stringify(messageOf(type, facts));
  const seconds = Math.floor(claimedAt.getTime() / 1_000);
  const signature = signatureHeaders(secret, { id, seconds, body });
  const headers = { "content-type": "application/json", "user-agent": "Loraloom", ...signature };
  const { deadlineMilliseconds = usualDeadlineMilliseconds } = policy;
  return post(target, { body, headers, deadlineMilliseconds });
};

/** For the user who reads the log; of what an address within answers, no more than its code. */
const reasonOf = (error: unknown): string => {
  if (isLoraloomError(error, "secret_unreadable") || isLoraloomError(error, "master_key_unusable"))
    return `${error.code}: the webhook's secret can't be opened; ask the operator, or make another webhook`;
  if (isLoraloomError(error)) return error.message;
  if (!(error instanceof Error)) return "no answer";
  if (error.name === "TimeoutError") return "no answer in time";
  return `no connection (${"code" in error ? String(error.code) : error.name})`;
};
