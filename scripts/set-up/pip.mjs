import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { python } from "../paths.mjs";

/** Configured or its own default: pip knows. */
const printIndex =
  "from pip._internal.models.index import PyPI; from pip._internal.configuration import Configuration; " +
  "c = Configuration(isolated=False); c.load(); print(dict(c.items()).get('global.index-url') or PyPI.simple_url)";

/** A pip command for `runLogged`, with how to find the address of the index it downloads from. */
export const pip = (args, env = {}) => ({
  file: python,
  args: ["-m", "pip", "--disable-pip-version-check", "--no-input", ...args],
  env,
  registryOf: async () => env.PIP_INDEX_URL ?? process.env.PIP_INDEX_URL ?? (await ownIndex()),
});

const ownIndex = async () => (await promisify(execFile)(python, ["-c", printIndex])).stdout.trim();
