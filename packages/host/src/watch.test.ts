import { startTcpProxy } from "@loraloom/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ApiClient, createApiClient, refusalOf } from "./testing/api-client.ts";
import { claimNext, queueRun } from "./testing/queue-run.ts";
import { type RunningHost, startConnectedHost } from "./testing/start-test-host.ts";

let running: RunningHost;
beforeAll(async () => {
  running = await startConnectedHost();
});
afterAll(() => running[Symbol.asyncDispose]());

type Watched = { userId: string; avatarId: string; runId: string; lastEventId?: string };

/** Collects what a watcher sees until it ends. */
const watch = (api: ApiClient, input: Watched) => {
  const seen: { id: string; type: string }[] = [];
  const ended = Promise.withResolvers<void>();
  const subscription = api.train.watch.subscribe(input, {
    onData: ({ id, data }) => seen.push({ id, type: data.type }),
    onError: (error) => ended.reject(error),
    onComplete: () => ended.resolve(),
  });
  return { seen, ended: ended.promise, stop: () => subscription.unsubscribe() };
};
const numbers = (seen: { id: string }[]) => seen.map(({ id }) => Number(id));

test("a watcher sees each event once and in order, also across cuts, and ends after the last", async () => {
  const target = await queueRun(running, "cuts");
  const port = Number(new URL(running.host.url).port);
  await using door = await startTcpProxy({ host: "127.0.0.1", port });
  const api = createApiClient({ url: `http://127.0.0.1:${door.port}`, apiKey: running.serviceKey });
  const { seen, ended } = watch(api, target);
  const report = await claimNext(running);
  await vi.waitFor(() => expect(seen.map(({ type }) => type)).toEqual(["run-queued", "run-claimed"]), {
    timeout: 100_000,
  });
  await report();
  await vi.waitFor(() => expect(seen).toHaveLength(3), { timeout: 100_000 });
  door.shut();
  await report();
  await report();
  door.open();
  // The ponyfill of EventSource comes back after a few seconds by itself.
  await vi.waitFor(() => expect(seen).toHaveLength(5), { timeout: 100_000 });
  door.cut();
  await running.api.adapter.delete.mutate({ userId: target.userId, avatarId: target.avatarId });
  await running.store.pool.query("update runs set lease_expires_at = now() where id = $1", [target.runId]);
  await ended;
  expect(numbers(seen)).toEqual(seen.map((_, index) => index + 1));
  expect(seen.at(-1)?.type).toBe("run-cancelled");
});

test("a watcher goes on after the event that it names", async () => {
  const target = await queueRun(running, "resumes");
  const report = await claimNext(running);
  await report();
  await report();
  const { seen, stop } = watch(running.api, { ...target, lastEventId: "2" });
  await vi.waitFor(() => expect(numbers(seen)).toEqual([3, 4]), { timeout: 100_000 });
  stop();
});

test("a watcher of a run that has ended sees all of it and is done", async () => {
  const target = await queueRun(running, "ended");
  await running.api.train.cancel.mutate(target);
  const { seen, ended } = watch(running.api, target);
  await ended;
  expect(seen.map(({ type }) => type)).toEqual(["run-queued", "run-cancelled"]);
});

test("a run that is not there is refused, and so is a number that is none", async () => {
  const scope = { userId: "ada", avatarId: "none" };
  expect(await refusalOf(watch(running.api, { ...scope, runId: "nothing" }).ended)).toMatchObject({
    code: "run_not_found",
  });
  const badNumber = watch(running.api, { ...scope, runId: "nothing", lastEventId: "x" });
  expect(await refusalOf(badNumber.ended)).toMatchObject({ code: "bad_input" });
});

test("a host that ends lets its watchers go at once", async () => {
  const ending = await startConnectedHost();
  const target = await queueRun(ending, "ending");
  const { seen, stop } = watch(ending.api, target);
  await vi.waitFor(() => expect(seen).toHaveLength(1), { timeout: 100_000 });
  const begun = performance.now();
  await ending[Symbol.asyncDispose]();
  // Open chats are given ten seconds.
  expect(performance.now() - begun).toBeLessThan(9_000);
  stop();
});
