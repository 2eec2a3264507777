import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";

/** One hash over files and values that a step was done with. */
export const hashOf = async ({ files, values = [] }) => {
  const hash = createHash("sha256");
  const contents = await Promise.all(files.map((file) => readFile(file)));
  for (const part of [...contents, ...values.map(String)]) hash.update(part).update("\0");
  return hash.digest("hex");
};

/** Whether the stamp lies there with that hash. */
export const isStamped = async (path, hash) => (await readText(path)) === hash;

/** Written last, so that an interrupted step counts as not done. */
export const writeStamp = (path, hash) => writeFile(path, hash);

const readText = async (path) => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  }
};
