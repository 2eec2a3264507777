import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { readPrivateJson, writePrivateJson } from "./private-json.ts";

export type BaseDtype = "float32" | "bfloat16";

/** What Linux calls a processor that multiplies bfloat16 itself; elsewhere it is slower than float32. */
const bfloat16Flags = /\b(avx512_bf16|amx_bf16)\b/;

/**
 * The number type of the resident base: bfloat16 where it is the faster one. Remembered, because versions and
 * waiting runs belong to one engine and would not be served after a change.
 */
export const rememberBaseDtype = async (path: string): Promise<BaseDtype> => {
  const known = readPrivateJson<{ dtype: BaseDtype }>(path);
  if (known) return known.dtype;
  const dtype = await chooseBaseDtype();
  writePrivateJson(path, { dtype });
  return dtype;
};

/** The faster one on this machine. */
export const chooseBaseDtype = async (): Promise<BaseDtype> =>
  (await hasGpu()) || (await hasBfloat16Processor()) ? "bfloat16" : "float32";

/** Every supported GPU has it. */
const hasGpu = (): Promise<boolean> =>
  promisify(execFile)("nvidia-smi", ["-L"]).then(
    () => true,
    () => false,
  );

const hasBfloat16Processor = async (): Promise<boolean> => {
  if (process.platform !== "linux") return false;
  return bfloat16Flags.test(await readFile("/proc/cpuinfo", "utf8"));
};
