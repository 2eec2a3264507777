import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { readSettings } from "@loraloom/launcher";
import { python as enginePython, repositoryRoot } from "../repository.ts";

const requirements = join(repositoryRoot, "bench", "peers", "requirements.txt");
const run = promisify(execFile);

/** Its interpreter, or why there is none. */
export type PeersEnvironment = { python: string } | { missing: string };

/**
 * TRL and what draws the plot, in an environment of their own under the data folder, which takes torch, transformers
 * and PEFT from the engine's. Later runs use it while the list of packages is the same.
 *
 * @param mayInstall whether it is made where it is missing, which downloads some 100 MB
 */
export const openPeersEnvironment = async (mayInstall: boolean): Promise<PeersEnvironment> => {
  const folder = join(readSettings().dataDir, "bench-peers");
  const python = join(folder, "bin", "python");
  const stamp = join(folder, "requirements.sha256");
  const wanted = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === wanted) return { python };
  if (!mayInstall) return { missing: "TRL is not installed; a run without --smoke does that" };
  try {
    await makeEnvironment(folder, python);
  } catch (error) {
    // Not into the results, which are published: what pip says names the index that it was told of.
    console.error(error);
    return { missing: "bench/peers/requirements.txt could not be installed" };
  }
  await writeFile(stamp, wanted);
  return { python };
};

const makeEnvironment = async (folder: string, python: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run(enginePython, ["-m", "venv", folder]);
  await writeFile(join(await packagesOf(python), "engine.pth"), `${await packagesOf(enginePython)}\n`);
  const options = ["--disable-pip-version-check", "--no-input", "--quiet", "--no-deps"];
  await run(python, ["-m", "pip", "install", ...options, "-r", requirements]);
};

/** The folder that an environment's packages lie in. */
const packagesOf = async (python: string): Promise<string> => {
  const program = "import sysconfig; print(sysconfig.get_path('purelib'))";
  return (await run(python, ["-c", program])).stdout.trim();
};
