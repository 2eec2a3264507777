import { eq, sql } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { appendEvent } from "../events/index.ts";
import { cancelRun, failRun } from "../runs/index.ts";
import { startSideJobs } from "../side-jobs/index.ts";
import { webhookDeliveries, webhooks } from "../tables/index.ts";
import { inspectLines, type TestStore, waitingForLocks } from "../testing/index.ts";
import { claimNextRun, prepareAvatar, publishRun, queueRun } from "../testing/scenario.ts";
import { type Receiver, startReceiver } from "../testing/start-receiver.ts";
import { openWebhookTest, scope, type WebhookTest } from "../testing/webhook-test.ts";
import {
  deleteWebhook,
  findDueWebhooks,
  redeliver,
  sendDue,
  updateWebhook,
  type WebhookPolicy,
} from "./index.ts";
import { mostTries } from "./schedule.ts";

const soon = { timeout: 100_000 };

let setup: WebhookTest;
let store: TestStore;
let policy: WebhookPolicy;
let receiver: Receiver;
beforeAll(async () => {
  setup = await openWebhookTest();
  ({ store, policy } = setup);
});
beforeEach(async () => {
  await setup.begin();
  ({ receiver } = setup);
});
afterAll(() => setup[Symbol.asyncDispose]());

const make: WebhookTest["make"] = (changes) => setup.make(changes);
const logOf: WebhookTest["logOf"] = (webhookId) => setup.logOf(webhookId);
const cancelNew: WebhookTest["cancelNew"] = () => setup.cancelNew();
/** Lets the time of the next try come, by the database's clock. */
const makeDue = () =>
  store.db.update(webhookDeliveries).set({ dueAt: sql`now()`, claimedUntil: null, claim: null });
const typesIn = ({ received }: Receiver): string[] => received.map(({ body }) => JSON.parse(body).type);
const isSomebodyWaiting = async (): Promise<boolean> => (await waitingForLocks(store)) > 0;

test("each state of a run comes once, in order, signed as Standard Webhooks are", async () => {
  const { webhook, secret } = await make();
  await queueRun(store, scope, { name: "nightly" });
  const run = await claimNextRun(store);
  const { versionId } = await publishRun(store, run);
  await sendDue(store, webhook.id, policy);
  const messages = receiver.received.map(({ headers, body }) =>
    new Webhook(secret).verify(body, headers as Record<string, string>),
  );
  expect(messages).toMatchObject(
    ["run-queued", "run-claimed", "run-exporting", "run-completed"].map((type, at) => ({
      type,
      data: { eventId: at + 1 },
    })),
  );
  expect(messages.at(-1)).toEqual({
    type: "run-completed",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    data: {
      ...scope,
      runId: run.id,
      name: "nightly",
      eventId: 4,
      attempt: 1,
      status: "completed",
      versionId,
      error: null,
      createdAt: run.createdAt.toISOString(),
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
    },
  });
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(4);
});

test.each([1999, 2199])("a host whose clock says %d signs the time that it is", async (year) => {
  const { webhook, secret } = await make({ events: ["run-cancelled"] });
  await cancelNew();
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(`${year}-01-01`) });
  await sendDue(store, webhook.id, policy);
  vi.useRealTimers();
  const [message] = receiver.received;
  const verify = () =>
    new Webhook(secret).verify(message?.body ?? "", message?.headers as Record<string, string>);
  expect(verify()).toMatchObject({ type: "run-cancelled" });
  expect((await logOf(webhook.id))[0]?.log[0]?.at).not.toContain(String(year));
});

test("a message with another body, or signed long ago, is refused by a receiver that checks", async () => {
  const { webhook, secret } = await make();
  await cancelNew();
  await sendDue(store, webhook.id, policy);
  const [message] = receiver.received;
  if (!message) throw new Error("Nothing came.");
  const headers = message.headers as Record<string, string>;
  const checked = new Webhook(secret);
  expect(() => checked.verify(`${message.body} `, headers)).toThrow("No matching signature");
  const old = { ...headers, "webhook-timestamp": String(Number(headers["webhook-timestamp"]) - 600) };
  expect(() => checked.verify(message.body, old)).toThrow("too old");
});

test("of a failed run the code is told and none of its words", async () => {
  const { webhook } = await make({ events: ["run-failed"] });
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  const error = { code: "no_usable_rows", message: "the row 'canary'", remedy: "canary" };
  await failRun(store, run, { fault: "user", error });
  await sendDue(store, webhook.id, policy);
  expect(JSON.parse(receiver.received[0]?.body ?? "").data).toMatchObject({
    error: { code: "no_usable_rows" },
  });
  expect(receiver.received[0]?.body).not.toContain("canary");
});

test("of a cancelled run that kept what it had learnt the version is told, and of none before it is there", async () => {
  const { webhook } = await make({ events: ["run-exporting", "run-cancelled"] });
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  await cancelRun(store, scope, run.id, { keep: "checkpoint" });
  const { versionId } = await publishRun(store, run);
  await cancelNew();
  await sendDue(store, webhook.id, policy);
  expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
    { type: "run-exporting", data: { versionId: null } },
    { type: "run-cancelled", data: { versionId } },
    { type: "run-cancelled", data: { versionId: null } },
  ]);
});

test("only what was asked for comes: these events, this avatar, this user", async () => {
  const { webhook } = await make({ events: ["run-cancelled"], avatarId: "two" });
  const other = { userId: "bob", avatarId: "two" };
  for (const of of [other, { ...scope, avatarId: "two" }]) await prepareAvatar(store, of);
  await cancelNew();
  for (const of of [other, { ...scope, avatarId: "two" }])
    await cancelRun(store, of, (await queueRun(store, of)).id);
  await sendDue(store, webhook.id, policy);
  expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
    { type: "run-cancelled", data: { userId: "ada", avatarId: "two" } },
  ]);
});

test("a change that is rolled back tells nobody", async () => {
  const { webhook } = await make();
  const { id } = await cancelNew();
  const failing = store.db.transaction(async (tx) => {
    await appendEvent(tx, id, { type: "run-exporting", data: {} });
    throw new Error("after the event");
  });
  await expect(failing).rejects.toThrow("after the event");
  await sendDue(store, webhook.id, policy);
  expect(typesIn(receiver)).toEqual(["run-queued", "run-cancelled"]);
});

test("what a process left when it was killed, before or while it sent, another one sends", async () => {
  await make();
  await cancelNew();
  // The first is claimed by a process that is no more; the second nobody has taken.
  await store.db
    .update(webhookDeliveries)
    .set({ tries: 1, claim: "gone", claimedUntil: sql`now() - interval '1 second'` })
    .where(eq(webhookDeliveries.type, "run-queued"));
  await using _jobs = await startSideJobs(store, { inspect: inspectLines, webhookPolicy: policy });
  await vi.waitFor(() => expect(typesIn(receiver)).toEqual(["run-queued", "run-cancelled"]), soon);
});

test("of many processes one sends each", async () => {
  const { webhook } = await make();
  for (let at = 0; at < 3; at += 1) await cancelNew();
  await Promise.all(Array.from({ length: 8 }, () => sendDue(store, webhook.id, policy)));
  expect(receiver.received).toHaveLength(6);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(6);
});

test("what fails comes again, ever more slowly, until it is dead, and again when it is called for", async () => {
  const { webhook } = await make({ events: ["run-cancelled"] });
  await cancelNew();
  receiver.answerWith((response) => response.writeHead(500).end("down\u001b[31m for \u0000 repair"));
  const pauses: number[] = [];
  for (let at = 1; at <= mostTries; at += 1) {
    await sendDue(store, webhook.id, policy);
    const [{ seconds } = { seconds: 0 }] = await store.db
      .select({ seconds: sql<number>`extract(epoch from due_at - now())::float8` })
      .from(webhookDeliveries);
    pauses.push(seconds);
    await makeDue();
  }
  const [delivery] = await logOf(webhook.id);
  expect(delivery).toMatchObject({ state: "dead", tries: mostTries, endedAt: expect.any(Date) });
  expect(delivery?.log).toHaveLength(mostTries);
  expect(delivery?.log[0]).toMatchObject({ status: 500, answer: "down [31m for   repair", error: null });
  const waits = pauses.slice(0, -1);
  expect(waits.every((wait, at) => at === 0 || wait > (waits[at - 1] ?? 0) * 0.6)).toBe(true);
  expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(16 * 3_600);
  await sendDue(store, webhook.id, policy);
  expect(receiver.received).toHaveLength(mostTries);

  receiver.answerWith((response) => response.writeHead(200).end("thanks"));
  await redeliver(store, scope.userId, delivery?.id ?? "");
  await sendDue(store, webhook.id, policy);
  const [again] = await logOf(webhook.id);
  expect(again).toMatchObject({ state: "delivered", tries: 1 });
  expect(again?.log.at(-1)).toMatchObject({ status: 200, answer: "thanks" });
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
});

test("a webhook that failed rests as a whole, and one that is turned off sends nothing", async () => {
  const { webhook } = await make();
  await cancelNew();
  receiver.answerWith((response) => response.writeHead(503).end());
  await sendDue(store, webhook.id, policy);
  expect(await findDueWebhooks(store, 10)).toEqual([]);
  const change = { userId: scope.userId, id: webhook.id };
  await updateWebhook(store, { ...change, enabled: true }, policy);
  expect(await findDueWebhooks(store, 10)).toEqual([{ webhookId: webhook.id }]);
  await updateWebhook(store, { ...change, enabled: false }, policy);
  expect(await findDueWebhooks(store, 10)).toEqual([]);
  await sendDue(store, webhook.id, policy);
  expect(receiver.received).toHaveLength(1);
  await cancelNew();
  expect(await logOf(webhook.id)).toHaveLength(2);
});

test("a webhook that is changed while its messages are sent is so from the next one on", async () => {
  const { webhook } = await make();
  for (let at = 0; at < 2; at += 1) await cancelNew();
  await using elsewhere = await startReceiver();
  const change = { userId: scope.userId, id: webhook.id };
  receiver.answerWith(async (response) => {
    await updateWebhook(store, { ...change, url: elsewhere.url }, policy);
    response.writeHead(204).end();
  });
  elsewhere.answerWith(async (response) => {
    await updateWebhook(store, { ...change, enabled: false }, policy);
    response.writeHead(204).end();
  });
  await sendDue(store, webhook.id, policy);
  expect([typesIn(receiver), typesIn(elsewhere)]).toEqual([["run-queued"], ["run-cancelled"]]);
});

test("a webhook that is deleted while a run changes does not disturb the run", async () => {
  const { webhook } = await make();
  const { id } = await queueRun(store, scope);
  const cancelling = await store.db.transaction(async (tx) => {
    await tx.delete(webhooks);
    const outcome = Promise.allSettled([cancelRun(store, scope, id)]);
    await vi.waitUntil(isSomebodyWaiting, soon);
    return { outcome };
  });
  expect(await cancelling.outcome).toMatchObject([{ status: "fulfilled", value: { status: "cancelled" } }]);
  expect(await store.db.select().from(webhookDeliveries)).toEqual([]);
  await expect(deleteWebhook(store, scope.userId, webhook.id)).rejects.toMatchObject({
    code: "webhook_not_found",
  });
});

test("many that are made at once are no more than a user may have", async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 24 }, () => make()));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(refused.map(({ reason }) => reason.code)).toEqual(Array(4).fill("too_many_webhooks"));
});
