import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestApi, outcomeOf, type TestApi, type TestCaller } from "../testing/open-test-api.ts";

let api: TestApi;
let ada: TestCaller;
beforeAll(async () => {
  api = await openTestApi();
  ada = api.as((await api.makeKey("ada")).key);
});
afterAll(() => api[Symbol.asyncDispose]());

// Nobody listens there.
const url = "http://127.0.0.1:9999/hook";

test("a webhook is made, changed, listed and deleted, and its secret is shown once", async () => {
  const made = await ada.webhooks.create({ url });
  expect(made).toMatchObject({
    url,
    events: ["run-completed", "run-failed", "run-cancelled"],
    avatarId: null,
    enabled: true,
    secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
  });
  const changed = await ada.webhooks.update({ webhookId: made.id, avatarId: "mia", enabled: false });
  expect(changed).toMatchObject({ id: made.id, avatarId: "mia", enabled: false, url });
  const { webhooks } = await ada.webhooks.list({});
  expect(webhooks).toEqual([changed]);
  expect(JSON.stringify(webhooks)).not.toContain(made.secret);
  expect(await ada.webhooks.update({ webhookId: made.id, avatarId: null })).toMatchObject({ avatarId: null });
  await ada.webhooks.delete({ webhookId: made.id });
  expect(await ada.webhooks.list({})).toEqual({ webhooks: [] });
});

test("a test says what came of it, and what is called for again waits to be sent", async () => {
  const { id: webhookId } = await ada.webhooks.create({ url });
  const tested = await ada.webhooks.test({ webhookId });
  expect(tested).toMatchObject({
    type: "webhook-test",
    state: "dead",
    nextTryAt: null,
    log: [{ status: null, answer: "", error: "no connection (ECONNREFUSED)" }],
  });
  const again = await ada.webhooks.redeliver({ deliveryId: tested.id });
  expect(again).toMatchObject({ id: tested.id, state: "pending", tries: 0, nextTryAt: expect.any(Date) });
  const waiting = await ada.webhooks.deliveries({ webhookId, state: "pending" });
  expect(waiting).toEqual({ deliveries: [again], nextCursor: null });
  expect((await ada.webhooks.deliveries({ webhookId, state: "dead" })).deliveries).toEqual([]);
});

test.each([
  ["https://10.0.0.1/", "webhook_refused"],
  ["https://2130706434.example/", "webhook_refused"],
  ["http://93.184.216.34/", "webhook_refused"],
  ["", "bad_input"],
])("'%s' is refused, made or changed", async (bad, code) => {
  const { id: webhookId } = await ada.webhooks.create({ url });
  expect(await outcomeOf(() => ada.webhooks.create({ url: bad }))).toMatchObject({ code });
  expect(await outcomeOf(() => ada.webhooks.update({ webhookId, url: bad }))).toMatchObject({ code });
});

test("an event that is none is refused by name", async () => {
  const events = ["progress"] as never;
  expect(await outcomeOf(() => ada.webhooks.create({ url, events }))).toMatchObject({ code: "bad_input" });
});
