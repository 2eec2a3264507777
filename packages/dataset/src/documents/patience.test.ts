import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { Patience, PatienceSpent } from "./patience.ts";

test("time between two waits costs nothing", async () => {
  const patience = new Patience(60_000);
  await patience.spend(Promise.resolve());
  const readClock = performance.now.bind(performance);
  const clock = vi.spyOn(performance, "now").mockImplementation(() => readClock() + 3_600_000);
  onTestFinished(() => clock.mockRestore());
  expect(await patience.spend(Promise.resolve("answered"))).toBe("answered");
});

test("waits add up until the budget is spent", async () => {
  const patience = new Patience(200);
  await patience.spend(sleep(150));
  await expect(patience.spend(sleep(150))).rejects.toThrow(PatienceSpent);
});

test("an answer that fails is passed on", async () => {
  await expect(new Patience(200).spend(Promise.reject(new Error("no")))).rejects.toThrow("no");
});
