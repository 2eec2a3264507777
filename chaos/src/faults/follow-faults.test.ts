import { startFaultProxy } from "@loraloom/testkit/fault-proxy";
import { expect, test } from "vitest";
import { startReceiver } from "../receiver/start-receiver.ts";
import type { KeptPart } from "../service/kept-part.ts";
import { followFaults } from "./follow-faults.ts";
import type { Breakable } from "./inject-fault.ts";

const setUp = async () => {
  await using stack = new AsyncDisposableStack();
  const receiver = stack.use(await startReceiver());
  const proxy = stack.use(await startFaultProxy({ target: receiver.url }));
  const workers = Promise.withResolvers<KeptPart[]>();
  const database: KeptPart = {
    name: "postgres",
    pid: () => 0,
    killAll: () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const service: Breakable = { database, hosts: [], workers: workers.promise, proxy, receiver };
  const told: string[] = [];
  const options = { report: (line: string) => told.push(line), signal: AbortSignal.timeout(60_000) };
  const resources = stack.move();
  return { service, workers, told, options, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

test("light faults begin at once, heavy ones when the workers are ready", async () => {
  await using setup = await setUp();
  const { service, workers, told, options } = setup;
  const following = followFaults(
    service,
    [
      { kind: "database-killed", at: 0 },
      { kind: "store-slow", seconds: 0.1, delayMs: 1, at: 0.1 },
    ],
    options,
  );
  await expect.poll(() => told).toEqual(["the store is 1 ms late for 0.1 s"]);
  workers.resolve([]);
  expect(await following).toHaveLength(2);
  expect(told[1]).toBe("kill -9 of Postgres");
});

test("a fault that is used up is over, and the next one has its turn", async () => {
  await using setup = await setUp();
  const { service, workers, options } = setup;
  workers.resolve([]);
  const post = async () => (await fetch(`${service.receiver.url}/mia`, { method: "POST" })).status;
  const begun = performance.now();
  const following = followFaults(service, [{ kind: "receiver-unavailable", times: 1, at: 0 }], options);
  await expect.poll(post).toBe(503);
  expect(await following).toMatchObject([{ outcome: "hit" }]);
  expect(performance.now() - begun).toBeLessThan(4_000);
  expect(await post()).toBe(204);
});
