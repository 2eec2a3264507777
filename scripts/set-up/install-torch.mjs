import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { pip } from "./pip.mjs";
import { runLogged, tryLogged } from "./run-logged.mjs";

/**
 * Installs torch. On Linux the usual wheel brings gigabytes of CUDA, which a machine without a GPU doesn't
 * need: there the CPU build is asked for first.
 *
 * @param version e.g. `2.13.0`
 * @param constraints the lock: fixes what else torch brings
 */
export const installTorch = async (version, constraints) => {
  const index = process.env.LORALOOM_TORCH_INDEX;
  // By environment, because an address may hold a password.
  if (index) return install(`torch==${version}`, constraints, { PIP_INDEX_URL: index });
  if (process.platform === "linux" && !(await hasGpu())) {
    if (await installCpuBuild(version)) return;
    explainSize();
  }
  await install(`torch==${version}`, constraints);
};

const install = async (requirement, constraints, env) => {
  const command = pip(["install", requirement, "-c", constraints], env);
  await runLogged({ what: "Installing torch", ...command });
};

const installCpuBuild = async (version) =>
  (await tryLogged(pip(["install", "--no-deps", `torch==${version}+cpu`]))) === 0;

const hasGpu = () =>
  promisify(execFile)("nvidia-smi", ["-L"]).then(
    () => true,
    () => false,
  );

const explainSize = () =>
  console.log(
    "  No GPU was found, and pip knows no CPU build of torch: taking the usual one with CUDA (3 GB to download, 7 GB on disk).\n" +
      "  A small one: stop, set LORALOOM_TORCH_INDEX to the CPU index that the install page of pytorch.org names, and start again.",
  );
