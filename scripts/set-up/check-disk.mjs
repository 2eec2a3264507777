import { statfs } from "node:fs/promises";
import { SetUpError } from "./set-up-error.mjs";

export const gigabyte = 1e9;

/** @throws SetUpError when the disk of `folder` has less than `neededBytes` free */
export const checkDisk = async (folder, neededBytes) => {
  const free = await freeBytes(folder);
  if (free >= neededBytes) return;
  throw new SetUpError(
    `Set-up needs about ${inGigabytes(neededBytes)} of disk, but only ${inGigabytes(free)} are free at '${folder}': ` +
      "free some space there, then try again.",
  );
};

export const freeBytes = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

const inGigabytes = (bytes) => `${(bytes / gigabyte).toFixed(1)} GB`;
