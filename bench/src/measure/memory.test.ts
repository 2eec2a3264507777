import { expect, test } from "vitest";
import { watchMemory } from "./memory.ts";

test("samples what a process holds", async () => {
  const watch = watchMemory(process.pid);
  const held = Buffer.alloc(64_000_000, 1);
  const samples = await watch.stop();
  expect(Math.max(...samples)).toBeGreaterThan(held.length);
});
