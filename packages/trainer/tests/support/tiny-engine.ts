import { join } from "node:path";
import { python, sharedTinyBase } from "@loraloom/testkit";
import type { EngineOptions } from "../../src/engine/load-engine.ts";

/** The command of this repository's engine, and the tiny base model that it serves. */
export const tinyEngine = async (): Promise<EngineOptions> => ({
  command: { python, pythonFolder: join(import.meta.dirname, "../../python") },
  base: {
    modelId: "test/tiny",
    revision: "main",
    dtype: "float32",
    quantization: "none",
    path: await sharedTinyBase(),
  },
});
