import { expect, test } from "vitest";
import { withProgress } from "./with-progress.ts";

const progress = { type: "progress" };
const pause = 5;

test("work says that it has begun, that it goes on, and what came of it", async () => {
  const { promise, resolve } = Promise.withResolvers<{ type: string }>();
  const lines = withProgress(promise, pause);
  expect((await lines.next()).value).toEqual(progress);
  expect((await lines.next()).value).toEqual(progress);
  resolve({ type: "result" });
  expect((await Array.fromAsync(lines)).at(-1)).toEqual({ type: "result" });
});

test("work that is done at once is told at once", async () => {
  const lines = await Array.fromAsync(withProgress(Promise.resolve({ type: "result" }), 60_000));
  expect(lines).toEqual([progress, { type: "result" }]);
});

test("work that fails while nobody asks for a line fails the next one", async () => {
  const { promise, reject } = Promise.withResolvers<object>();
  const lines = withProgress(promise, 60_000);
  await lines.next();
  reject(new Error("broken"));
  // A rejection that nobody has taken note of by now would end the process.
  await new Promise((resolve) => setImmediate(resolve));
  await expect(lines.next()).rejects.toThrow("broken");
});

test("whoever leaves early waits until the work has ended", async () => {
  const { promise, reject } = Promise.withResolvers<object>();
  const lines = withProgress(promise, pause);
  await lines.next();
  let left = false;
  const leaving = lines.return(undefined).then(() => {
    left = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(left).toBe(false);
  reject(new Error("hung up"));
  await leaving;
});
