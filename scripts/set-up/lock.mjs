import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isSameProcess, startTimeOf } from "./process-start.mjs";

const pollMs = 500;

/** Runs `work` while no other set-up of this checkout does; waits for the other one first. */
export const withLock = async (path, work) => {
  await mkdir(dirname(path), { recursive: true });
  await acquire(path);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
};

const acquire = async (path) => {
  let announced = false;
  while (!(await tryAcquire(path))) {
    const owner = await readOwner(path);
    if (owner && !(await isSameProcess(owner))) {
      await rm(path, { force: true });
      continue;
    }
    if (owner && !announced) console.log(`Waiting for another set-up here (process ${owner.pid}) …`);
    announced = true;
    await sleep(pollMs);
  }
};

/** A link comes into being with its content, so nobody ever reads half of an owner. */
const tryAcquire = async (path) => {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify({ pid: process.pid, startTime: await startTimeOf(process.pid) }));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
};

const readOwner = async (path) => {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
};
