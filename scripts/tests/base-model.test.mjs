import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = new URL("../set-up/base-model.mjs", import.meta.url);
const tell = `const { baseModel } = await import(${JSON.stringify(program)});
  console.log(await baseModel.isDone());`;

test.each([
  [{}, "false"],
  [{ LORALOOM_BASE_MODEL: "HuggingFaceTB/SmolLM2-135M-Instruct" }, "false"],
  [{ LORALOOM_BASE_MODEL: "/models/llama" }, "true"],
  [{ LORALOOM_BASE_PATH: "/models/llama" }, "true"],
])("with %o the default model counts as not needed: %s", async (environment, isDone) => {
  // In a process of its own: where the data lie is read from the environment once.
  const env = { LORALOOM_DATA_DIR: "/no/such/data", ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", tell], {
    env,
  });
  expect(stdout.trim()).toBe(isDone);
});

test.each(["/dev/null/data", "/proc/nothing"])(
  "'%s', which can't be made, is named with the variable",
  async (dataFolder) => {
    const tellFault = `const { baseModel } = await import(${JSON.stringify(program)});
    await baseModel.run().catch((error) => console.log(error.name, error.message));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", tellFault], {
      env: { PATH: process.env.PATH, LORALOOM_DATA_DIR: dataFolder },
    });
    expect(stdout).toContain(`SetUpError Nothing can be kept at '${dataFolder}': set LORALOOM_DATA_DIR`);
  },
);
