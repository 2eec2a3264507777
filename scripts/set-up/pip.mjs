import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { python } from "../paths.mjs";

const publicIndex = "https://pypi.org/simple";

/** A pip command for `runLogged`, with the address of the index it downloads from. */
export const pip = async (args, env = {}) => ({
  file: python,
  args: ["-m", "pip", "--disable-pip-version-check", "--no-input", ...args],
  env,
  registry: env.PIP_INDEX_URL ?? (await configuredIndex()),
});

const configuredIndex = async () => {
  try {
    const { stdout } = await promisify(execFile)(python, ["-m", "pip", "config", "get", "global.index-url"]);
    return stdout.trim();
  } catch {
    // pip ends with 1 where nothing is configured.
    return process.env.PIP_INDEX_URL || publicIndex;
  }
};
