import { eq, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { webhookDeliveries, webhooks } from "../tables/index.ts";
import { openWebhookTest, scope, type WebhookTest } from "../testing/webhook-test.ts";
import { redeliver, sendDue, sweepDeliveries, testWebhook } from "./index.ts";
import { mostTries } from "./schedule.ts";

let setup: WebhookTest;
beforeAll(async () => {
  setup = await openWebhookTest();
});
beforeEach(() => setup.begin());
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => setup[Symbol.asyncDispose]());

const statesOf = async (webhookId: string) => (await setup.logOf(webhookId)).map(({ state }) => state);
const dueHoursAgo = (hours: number) =>
  setup.store.db.update(webhookDeliveries).set({ dueAt: sql`now() - make_interval(hours => ${hours}::int)` });

test("a delivery is forgotten a month after its end, and none that waits", async () => {
  const { store, policy } = setup;
  const { webhook } = await setup.make();
  await setup.cancelNew();
  await sendDue(store, webhook.id, policy);
  await setup.cancelNew();
  const old = { createdAt: new Date(0), endedAt: new Date(0) };
  await store.db.update(webhookDeliveries).set(old).where(eq(webhookDeliveries.type, "run-cancelled"));
  await store.db
    .update(webhookDeliveries)
    .set({ endedAt: null })
    .where(eq(webhookDeliveries.state, "pending"));
  expect(await sweepDeliveries(store)).toBe(1);
  expect(await sweepDeliveries(store)).toBe(0);
  expect(await statesOf(webhook.id)).toEqual(["pending", "pending", "delivered"]);
});

test.each([
  ["fails again and again", { failures: mostTries }],
  ["is turned off", { disabledAt: new Date() }],
])(
  "what waits for a receiver that %s is dead after three days, and sent when it is called for",
  async (_how, change) => {
    const { store, policy } = setup;
    const { webhook } = await setup.make({ events: ["run-cancelled"] });
    await setup.cancelNew();
    await store.db.update(webhooks).set(change);
    await dueHoursAgo(71);
    expect(await sweepDeliveries(store)).toBe(0);
    await dueHoursAgo(73);
    expect(await sweepDeliveries(store)).toBe(1);
    const [given] = await setup.logOf(webhook.id);
    expect(given).toMatchObject({ state: "dead", endedAt: expect.any(Date), tries: 0 });
    expect(given?.log).toMatchObject([{ status: null, error: expect.stringContaining("given up") }]);
    await store.db.update(webhooks).set({ failures: 0, disabledAt: null });
    await redeliver(store, scope.userId, given?.id ?? "");
    expect(await sweepDeliveries(store)).toBe(0);
    await sendDue(store, webhook.id, policy);
    expect(await statesOf(webhook.id)).toEqual(["delivered"]);
  },
);

test("what waits for a receiver that answers is sent, however long no host was there to do so", async () => {
  const { store, policy } = setup;
  const { webhook } = await setup.make({ events: ["run-cancelled"] });
  await setup.cancelNew();
  await store.db.update(webhooks).set({ failures: mostTries - 1 });
  await dueHoursAgo(720);
  expect(await sweepDeliveries(store)).toBe(0);
  await sendDue(store, webhook.id, policy);
  expect(await statesOf(webhook.id)).toEqual(["delivered"]);
});

test("a host whose clock is wrong stamps neither a test nor what it gives up by it", async () => {
  const { store, policy } = setup;
  const { webhook } = await setup.make({ events: ["run-cancelled"] });
  const year = new Date().getFullYear();
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("1999-01-01") });
  await testWebhook(store, { userId: scope.userId, id: webhook.id }, policy);
  await setup.cancelNew();
  await store.db.update(webhooks).set({ disabledAt: sql`now()` });
  await dueHoursAgo(73);
  await sweepDeliveries(store);
  const { timestamp } = JSON.parse(setup.receiver.received[0]?.body ?? "");
  const log = await setup.logOf(webhook.id);
  const moments = [timestamp, ...log.flatMap((delivery) => delivery.log.map(({ at }) => at))];
  expect(moments.map((at) => new Date(at).getFullYear())).toEqual([year, year, year]);
});
