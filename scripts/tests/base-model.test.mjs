import { expect, test, vi } from "vitest";

test.each([
  [{}, false],
  [{ LORALOOM_BASE_MODEL: "HuggingFaceTB/SmolLM2-135M-Instruct" }, false],
  [{ LORALOOM_BASE_MODEL: "/models/llama" }, true],
  [{ LORALOOM_BASE_PATH: "/models/llama" }, true],
])("with %o the default model counts as not needed: %s", async (environment, isDone) => {
  const all = { LORALOOM_BASE_MODEL: "", LORALOOM_BASE_PATH: "", LORALOOM_DATA_DIR: "/no/such/data" };
  for (const [name, value] of Object.entries({ ...all, ...environment })) vi.stubEnv(name, value);
  vi.resetModules();
  const { baseModel } = await import("../set-up/base-model.mjs");
  expect(await baseModel.isDone()).toBe(isDone);
  vi.unstubAllEnvs();
});
