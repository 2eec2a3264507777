import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { watchMemory } from "./memory.ts";

test("samples what a process holds", async () => {
  const watch = watchMemory(process.pid);
  const held = Buffer.alloc(64_000_000, 1);
  const samples = await watch.stop();
  expect(Math.max(...samples)).toBeGreaterThan(held.length);
});

test("a process that has ended is told of when its samples are asked for", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const watch = watchMemory(pid);
  await new Promise(setImmediate);
  await expect(watch.stop()).rejects.toThrow();
});
