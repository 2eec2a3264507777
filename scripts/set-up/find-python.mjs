import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SetUpError } from "./set-up-error.mjs";

const oldestMinor = 11;
/** Newest first, but the plain name last: it may be any version. */
const usualNames = ["python3.13", "python3.12", "python3.11", "python3"];
const probe =
  "import importlib.util as u, sys; print(*sys.version_info[:3], sep='.'); print(bool(u.find_spec('venv') and u.find_spec('ensurepip')))";

/**
 * Finds a Python that can make the virtual environment.
 *
 * @param chosen LORALOOM_PYTHON; then only that one is tried
 * @returns `{ file, version }`
 * @throws SetUpError when there is none, all are too old, or the module venv is missing
 */
export const findPython = async (chosen = process.env.LORALOOM_PYTHON) => {
  const found = [];
  for (const file of chosen ? [chosen] : usualNames) {
    const candidate = await probePython(file);
    if (candidate && isNewEnough(candidate) && candidate.hasVenv) return candidate;
    if (candidate) found.push(candidate);
  }
  throw new SetUpError(describeMissing(found, chosen));
};

const probePython = async (file) => {
  try {
    const { stdout } = await promisify(execFile)(file, ["-c", probe]);
    const [version, hasVenv] = stdout.trim().split("\n");
    return { file, version, hasVenv: hasVenv === "True" };
  } catch {
    // No such program, or one that can't even say its version: not a candidate.
    return null;
  }
};

const isNewEnough = ({ version }) => {
  const [major, minor] = version.split(".").map(Number);
  return major === 3 && minor >= oldestMinor;
};

const describeMissing = (found, chosen) => {
  const withoutVenv = found.find(isNewEnough);
  if (withoutVenv) {
    const { file, version } = withoutVenv;
    return `'${file}' (${version}) lacks the module venv: install it (Debian, Ubuntu: apt-get install python3-venv), then try again.`;
  }
  const where =
    "install Python 3.11 or newer (https://python.org, apt-get install python3 python3-venv, brew install python)";
  if (found.length > 0) {
    const [{ file, version }] = found;
    return `'${file}' is Python ${version}, but 3.${oldestMinor} or newer is needed: ${where}, or name one in LORALOOM_PYTHON.`;
  }
  if (chosen)
    return `LORALOOM_PYTHON names '${chosen}', which is no Python that runs: correct it or ${where}.`;
  return `No Python was found: ${where}, or name one in LORALOOM_PYTHON.`;
};
