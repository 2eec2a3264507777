import { expect, test } from "vitest";
import { createBackground } from "./background.ts";
import { createTestLogger } from "./testing/index.ts";

test("requests of one key become one turn now and one after it; the last work counts", async () => {
  const background = createBackground(createTestLogger().log);
  const done: number[] = [];
  for (let turn = 1; turn <= 100; turn += 1) background.request("key", async () => done.push(turn));
  await background.settled();
  expect(done).toEqual([1, 100]);
});

test("keys don't wait for each other", async () => {
  const background = createBackground(createTestLogger().log);
  const first = Promise.withResolvers<void>();
  background.request("first", () => first.promise);
  background.request("second", async () => first.resolve());
  await background.settled();
});

test("a failure is logged and the next request runs", async () => {
  const { log, logged } = createTestLogger();
  const background = createBackground(log);
  const done: string[] = [];
  background.request("key", async () => {
    throw new Error("lost");
  });
  await background.settled();
  background.request("key", async () => done.push("next"));
  await background.settled();
  expect(done).toEqual(["next"]);
  expect(logged).toMatchObject([{ level: "warn", fields: { key: "key", error: { message: "lost" } } }]);
});
