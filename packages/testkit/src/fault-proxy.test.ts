import { AwsClient } from "aws4fetch";
import { expect, test, vi } from "vitest";
import { createTestBucket, startFaultProxy } from "./index.ts";

const setUp = async () => {
  await using stack = new AsyncDisposableStack();
  const s3 = stack.use(await createTestBucket());
  const proxy = stack.use(await startFaultProxy({ target: s3.endpoint }));
  const client = new AwsClient({ ...s3, service: "s3", retries: 0 });
  const direct = `${s3.endpoint}/${s3.bucket}/name`;
  const owned = stack.move();
  return {
    proxy,
    put: (body: string) => client.fetch(`${proxy.url}/${s3.bucket}/name`, { method: "PUT", body }),
    readDirectly: async () => (await client.fetch(direct)).text(),
    statusDirectly: async () => (await client.fetch(direct)).status,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

test("without a fault a request signed for the proxy's address reaches the store", async () => {
  await using setup = await setUp();
  expect((await setup.put("content")).status).toBe(200);
  expect(await setup.readDirectly()).toBe("content");
});

test("'unavailable' answers 503 as often as told and stores nothing", async () => {
  await using setup = await setUp();
  setup.proxy.setFault({ kind: "unavailable", times: 1, matches: ({ method }) => method === "PUT" });
  expect((await setup.put("content")).status).toBe(503);
  expect(await setup.statusDirectly()).toBe(404);
  expect((await setup.put("content")).status).toBe(200);
  expect(setup.proxy.hits()).toBe(1);
});

test("'slow' answers late and rightly", async () => {
  await using setup = await setUp();
  setup.proxy.setFault({ kind: "slow", delayMs: 300 });
  const start = performance.now();
  expect((await setup.put("content")).status).toBe(200);
  expect(performance.now() - start).toBeGreaterThan(299);
});

test("'hold' forwards once the fault is replaced, and not before", async () => {
  await using setup = await setUp();
  setup.proxy.setFault({ kind: "hold", times: 1, matches: ({ method }) => method === "PUT" });
  const held = setup.put("held");
  await vi.waitFor(() => expect(setup.proxy.hits()).toBe(1), 100_000);
  expect((await setup.put("other")).status).toBe(200);
  expect(await setup.readDirectly()).toBe("other");
  setup.proxy.setFault();
  expect((await held).status).toBe(200);
  expect(await setup.readDirectly()).toBe("held");
});

test("'cut-body' breaks the connection and stores nothing", async () => {
  await using setup = await setUp();
  setup.proxy.setFault({ kind: "cut-body" });
  await expect(setup.put("x".repeat(1_000_000))).rejects.toThrow();
  expect(await setup.statusDirectly()).toBe(404);
});

test("'lose-answer' breaks the connection after the store did the work", async () => {
  await using setup = await setUp();
  setup.proxy.setFault({ kind: "lose-answer" });
  await expect(setup.put("content")).rejects.toThrow();
  expect(await setup.readDirectly()).toBe("content");
});
