import { randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isSameProcess, startTimeOf } from "./process-start.mjs";

const pollMs = 500;

/**
 * Runs `work` while no other set-up of this checkout does; waits for the other one first.
 *
 * The highest number in the folder is the owner, as in the launcher's data-dir-lock.ts. Who follows an owner
 * that released it or died links the next number, which only one process can do; no number comes back.
 */
export const withLock = async (folder, work) => {
  await mkdir(folder, { recursive: true });
  const number = await acquire(folder);
  try {
    return await work();
  } finally {
    await release(folder, number);
  }
};

const acquire = async (folder) => {
  let announced = false;
  for (;;) {
    const last = await lastNumber(folder);
    const owner = await readOwner(folder, last);
    if (!owner || !(await isSameProcess(owner))) {
      if (await claim(folder, last + 1)) return last + 1;
      continue;
    }
    if (!announced) console.log(`Waiting for another set-up here (process ${owner.pid}) …`);
    announced = true;
    await sleep(pollMs);
  }
};

const lastNumber = async (folder) => Math.max(0, ...(await numbersIn(folder)));

const numbersIn = async (folder) => (await readdir(folder)).map(Number).filter(Number.isInteger);

/** Null where nobody owns it: never taken, released, or already followed by a higher number. */
const readOwner = async (folder, number) => {
  try {
    return JSON.parse(await readFile(join(folder, String(number)), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
};

const claim = async (folder, number) => {
  const self = { pid: process.pid, startTime: await startTimeOf(process.pid) };
  if (!(await place(link, self, join(folder, String(number))))) return false;
  const isOurs = (await lastNumber(folder)) === number;
  const outdated = isOurs ? (await numbersIn(folder)).filter((other) => other < number) : [number];
  for (const other of outdated) await rm(join(folder, String(other)), { force: true });
  return isOurs;
};

const release = (folder, number) => place(rename, null, join(folder, String(number)));

/** Puts a file there whole, so that nobody ever reads half of an owner; false where one is in the way. */
const place = async (how, owner, path) => {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(owner));
  try {
    await how(draft, path);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
};
