import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "../set-up/lock.mjs";

let folder;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "loraloom set-up ")), "lock");
});

afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

const turns = async (count) => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
};

/** Two waiters on the lock of a dead owner, the second one a little later; how many worked at the same time. */
const followDeadOwner = async (lock, delay) => {
  await mkdir(lock, { recursive: true });
  await writeFile(join(lock, "7"), JSON.stringify({ pid: process.pid, startTime: "of an earlier process" }));
  let running = 0;
  const seen = [];
  const work = async () => {
    seen.push(++running);
    await turns(50);
    running--;
  };
  await Promise.all([withLock(lock, work), turns(delay).then(() => withLock(lock, work))]);
  return seen;
};

test("of two that find a dead owner one goes on at a time, however they interleave", async () => {
  const rounds = Array.from({ length: 200 }, (_, round) =>
    followDeadOwner(join(folder, String(round)), round % 40),
  );
  expect(await Promise.all(rounds)).toEqual(Array(200).fill([1, 1]));
});

test("a lock is released also by work that fails, and its number never comes back", async () => {
  const failing = async () => {
    throw new Error("no network");
  };
  await expect(withLock(folder, failing)).rejects.toThrow("no network");
  expect(await withLock(folder, () => readdir(folder))).toEqual(["2"]);
});
