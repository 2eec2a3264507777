import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockDataDir } from "./data-dir-lock.ts";
import { identify } from "./process-identity.ts";

const createFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "loraloom-lock-"));
  const own = (number: number, owner: object) =>
    writeFileSync(join(folder, String(number)), JSON.stringify(owner));
  return { folder, own, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
};

test("a living owner refuses a second one and says who it is and since when", async () => {
  using place = createFolder();
  using _first = await lockDataDir("/data", place.folder);
  await expect(lockDataDir("/data", place.folder)).rejects.toMatchObject({
    code: "data_dir_in_use",
    message: expect.stringMatching(new RegExp(`'/data' is in use by process ${process.pid} since \\d{4}-`)),
  });
});

test("a released lock can be taken again, under a number that never was", async () => {
  using place = createFolder();
  (await lockDataDir("/data", place.folder))[Symbol.dispose]();
  using _second = await lockDataDir("/data", place.folder);
  expect(readdirSync(place.folder)).toEqual(["2"]);
});

test("an owner whose number now belongs to another process is succeeded", async () => {
  using place = createFolder();
  place.own(7, { ...(await identify(process.pid)), startTime: "an earlier one", since: "2026-01-01" });
  using _lock = await lockDataDir("/data", place.folder);
  expect(readdirSync(place.folder)).toEqual(["8"]);
});

test("of many who find a dead owner one wins", async () => {
  using place = createFolder();
  place.own(1, { pid: 2 ** 22 + 1, startTime: "dead", since: "2026-01-01" });
  const attempts = await Promise.allSettled(
    Array.from({ length: 10 }, () => lockDataDir("/data", place.folder)),
  );
  expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});
