import { LoraloomError } from "@loraloom/errors";
import { and, asc, count, eq, sql } from "drizzle-orm";
import { ensureUser } from "../access/avatars.ts";
import { newId } from "../new-id.ts";
import { sealSecret } from "../secrets/index.ts";
import type { Store } from "../store.ts";
import { users, webhooks } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { type Webhook, webhookSecretContext } from "./delivery.ts";
import { newSigningSecret } from "./sign.ts";
import { resolveTarget, type WebhookPolicy } from "./target.ts";
import type { WebhookEvent } from "./webhook-event.ts";

/** Of one user: each gets its own message for each change of a run. */
const mostWebhooks = 20;

export type WebhookInput = {
  url: string;
  events: WebhookEvent[];
  /** null: of all avatars. */
  avatarId: string | null;
};

/**
 * Makes a webhook. `secret`, which its messages are signed with, is known only to this answer.
 *
 * @throws LoraloomError `webhook_refused` (where it goes), `too_many_webhooks`, `master_key_unusable`
 */
export const createWebhook = async (
  store: Store,
  { userId, ...input }: WebhookInput & { userId: string },
  policy: WebhookPolicy,
): Promise<{ webhook: Webhook; secret: string }> => {
  await resolveTarget(input.url, policy);
  const id = newId();
  const secret = newSigningSecret();
  const sealed = await sealSecret(store.masterKeys, webhookSecretContext({ userId, id }), secret);
  await ensureUser(store, userId);
  const webhook = await store.db.transaction(async (tx) => {
    await requireRoom(tx, userId);
    const [made] = await tx
      .insert(webhooks)
      .values({ id, userId, ...input, sealed })
      .returning();
    if (!made) throw new Error("An insert answered with no row.");
    return made;
  });
  return { webhook, secret };
};

/** Holds the user's row, so that of many at once no more get in than there is room for. */
const requireRoom = async (tx: Transaction, userId: string): Promise<void> => {
  await tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for("update");
  const [found] = await tx.select({ made: count() }).from(webhooks).where(eq(webhooks.userId, userId));
  if ((found?.made ?? 0) < mostWebhooks) return;
  throw new LoraloomError(
    "too_many_webhooks",
    `'${userId}' has ${mostWebhooks} webhooks, and no more can be made.`,
    {
      details: { limit: mostWebhooks },
    },
  );
};

const ofUser = (userId: string, id: string) => and(eq(webhooks.userId, userId), eq(webhooks.id, id));

export const webhookNotFound = (id: string): LoraloomError =>
  new LoraloomError("webhook_not_found", `There is no webhook '${id}'.`, { details: { webhookId: id } });

/** @throws LoraloomError `webhook_not_found` */
export const getWebhook = async ({ db }: Store, userId: string, id: string): Promise<Webhook> => {
  const [webhook] = await db.select().from(webhooks).where(ofUser(userId, id));
  if (!webhook) throw webhookNotFound(id);
  return webhook;
};

/** The oldest first. */
export const listWebhooks = ({ db }: Store, userId: string): Promise<Webhook[]> =>
  db.select().from(webhooks).where(eq(webhooks.userId, userId)).orderBy(asc(webhooks.id));

export type WebhookChange = Partial<WebhookInput> & { enabled?: boolean | undefined };

/**
 * Changes what is named. One that is turned on again, or goes elsewhere, is tried at once.
 *
 * @throws LoraloomError `webhook_not_found`, `webhook_refused`
 */
export const updateWebhook = async (
  store: Store,
  { userId, id, enabled, ...change }: WebhookChange & { userId: string; id: string },
  policy: WebhookPolicy,
): Promise<Webhook> => {
  await getWebhook(store, userId, id);
  if (change.url !== undefined) await resolveTarget(change.url, policy);
  const isAsBefore = change.url === undefined && enabled !== true;
  const [webhook] = await store.db
    .update(webhooks)
    .set({
      id,
      ...change,
      ...(enabled !== undefined && { disabledAt: enabled ? null : sql`coalesce(disabled_at, now())` }),
      ...(!isAsBefore && { failures: 0, restsUntil: null }),
    })
    .where(ofUser(userId, id))
    .returning();
  if (!webhook) throw webhookNotFound(id);
  return webhook;
};

/** Deletes it with its log; what was not sent yet is not sent. @throws LoraloomError `webhook_not_found` */
export const deleteWebhook = async ({ db }: Store, userId: string, id: string): Promise<void> => {
  const deleted = await db.delete(webhooks).where(ofUser(userId, id)).returning({ id: webhooks.id });
  if (deleted.length === 0) throw webhookNotFound(id);
};
