import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startSideJobs } from "../side-jobs/index.ts";
import { inspectLines, newMasterKey, type TestStore } from "../testing/index.ts";
import { type Receiver, startReceiver } from "../testing/start-receiver.ts";
import { openWebhookTest, scope, type WebhookTest } from "../testing/webhook-test.ts";
import { createWebhook, redeliver, sendDue, testWebhook, type WebhookPolicy } from "./index.ts";

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

test("a redirect is not followed", async () => {
  await using elsewhere = await startReceiver();
  receiver.answerWith((response) => response.writeHead(307, { location: elsewhere.url }).end());
  const { webhook } = await make();
  const tested = await testWebhook(store, { userId: scope.userId, id: webhook.id }, policy);
  expect(tested).toMatchObject({ state: "dead", log: [{ status: 307 }] });
  expect(elsewhere.received).toEqual([]);
});

test("a receiver that changes to another protocol has answered, and holds nothing", async () => {
  const change = "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: other\r\n\r\n";
  let isClosed = false;
  receiver.answerWith((response) => {
    response.socket?.once("close", () => {
      isClosed = true;
    });
    response.socket?.write(change);
  });
  const { webhook } = await make();
  // Nor does it hold its connection until there had to be an answer.
  const patient = { ...policy, deadlineMilliseconds: 3_600_000 };
  const tested = await testWebhook(store, { userId: scope.userId, id: webhook.id }, patient);
  expect(tested).toMatchObject({ state: "dead", log: [{ status: 101, answer: "" }] });
  await vi.waitUntil(() => isClosed, soon);
});

test("of an endless answer the beginning is read", async () => {
  let isCut = false;
  receiver.answerWith((response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write("x".repeat(100_000)), 1);
    response.once("close", () => {
      clearInterval(drip);
      isCut = true;
    });
  });
  const { webhook } = await make();
  const tested = await testWebhook(store, { userId: scope.userId, id: webhook.id }, policy);
  expect(tested.log).toMatchObject([{ status: 200, answer: "x".repeat(1_024) }]);
  await vi.waitUntil(() => isCut, soon);
});

test("a receiver that hangs is given up and rests, and holds nobody else up", async () => {
  await using silent = await startReceiver();
  silent.answerWith(() => undefined);
  const hanging = await make({ url: silent.url, events: ["run-cancelled"] });
  await make({ events: ["run-cancelled"] });
  await cancelNew();
  await cancelNew();
  const webhookPolicy = { ...policy, deadlineMilliseconds: 4_000 };
  await using _jobs = await startSideJobs(store, { inspect: inspectLines, webhookPolicy });
  await vi.waitFor(() => expect(receiver.received).toHaveLength(2), soon);
  const toldFirst = async () => (await logOf(hanging.webhook.id)).flatMap(({ log }) => log)[0];
  // Later tries come beside it.
  const first = { status: null, error: "no answer in time" };
  await vi.waitFor(async () => expect(await toldFirst()).toMatchObject(first), soon);
});

test("a name that has become private since is not called", async () => {
  setup.dns.answerWith("93.184.216.34");
  const { port } = new URL(receiver.url);
  const rebinding = { ...policy, networks: [] };
  const url = `https://hooks.example.com:${port}/`;
  const { webhook } = await createWebhook(
    store,
    { userId: scope.userId, url, events: ["run-cancelled"], avatarId: null },
    rebinding,
  );
  setup.dns.answerWith("127.0.0.1");
  const tested = await testWebhook(store, { userId: scope.userId, id: webhook.id }, rebinding);
  const error = expect.stringContaining("no address that webhooks may be sent to");
  expect(tested).toMatchObject({ state: "dead", log: [{ status: null, error }] });
  expect(receiver.received).toEqual([]);
});

test("what is connected to is the address that was checked, not what the name is found to be by then", async () => {
  setup.dns.answerWith("127.0.0.1");
  const { port } = new URL(receiver.url);
  // No other name server than the one asked for the check knows the name.
  const { webhook } = await make({ url: `http://hooks.invalid:${port}/` });
  const tested = await testWebhook(store, { userId: scope.userId, id: webhook.id }, policy);
  expect(tested).toMatchObject({ state: "delivered", log: [{ status: 204 }] });
  expect(receiver.received[0]?.headers.host).toBe(`hooks.invalid:${port}`);
});

test("neither the table nor the log holds the secret or the URL", async () => {
  const gone = await startReceiver();
  const { webhook, secret } = await make({ url: `${gone.url}?token=canary-4711` });
  await gone[Symbol.asyncDispose]();
  await testWebhook(store, { userId: scope.userId, id: webhook.id }, policy);
  const { rows } = await store.pool.query("select * from webhooks, webhook_deliveries");
  expect(JSON.stringify(rows)).not.toContain(secret.slice("whsec_".length));
  expect(JSON.stringify(rows[0].log)).toContain("ECONNREFUSED");
  expect(JSON.stringify([store.logged, rows[0].log])).not.toContain("canary");
});

test("a receiver that holds its connection after a change of protocol is cut off", async () => {
  let isCut = false;
  receiver.answerWith((response) => {
    response.socket?.once("close", () => (isCut = true));
    response.socket?.write(
      "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: other\r\n\r\n",
    );
  });
  const { webhook } = await make();
  await testWebhook(store, { userId: scope.userId, id: webhook.id }, policy);
  await vi.waitUntil(() => isCut, soon);
});

test("without the master key a delivery says so by a code, and goes out once the key is back", async () => {
  const { webhook } = await make({ events: ["run-cancelled"] });
  await cancelNew();
  const file = store.config.masterKeyFile ?? "";
  const key = await readFile(file, "utf8");
  await writeFile(file, `${newMasterKey()}\n`);
  await sendDue(store, webhook.id, policy);
  const [failed] = await logOf(webhook.id);
  const error = expect.stringMatching(/^secret_unreadable: .*make another webhook$/);
  expect(failed).toMatchObject({ state: "pending", tries: 1, log: [{ status: null, error }] });
  expect(store.logged).toContainEqual(
    expect.objectContaining({
      level: "error",
      fields: expect.objectContaining({ code: "secret_unreadable" }),
    }),
  );
  const tested = await testWebhook(store, { userId: scope.userId, id: webhook.id }, policy);
  expect(tested).toMatchObject({ state: "dead", log: [{ error }] });
  expect(receiver.received).toEqual([]);
  await writeFile(file, key);
  await redeliver(store, scope.userId, failed?.id ?? "");
  await sendDue(store, webhook.id, policy);
  expect(receiver.received).toHaveLength(1);
});
