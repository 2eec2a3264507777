import { join } from "node:path";
import { createTestLogger } from "@loraloom/store/testing";
import { python, sharedTinyBase } from "@loraloom/testkit";
import type { EngineOptions } from "../../src/engine/load-engine.ts";
import { keepSpareInterpreter } from "../../src/engine/spare-interpreter.ts";

const command = { python, pythonFolder: join(import.meta.dirname, "../../python") };

/** The command of this repository's engine, and the tiny base model that it serves. */
export const tinyEngine = async (): Promise<EngineOptions> => ({
  command,
  base: {
    modelId: "test/tiny",
    revision: "main",
    dtype: "float32",
    quantization: "none",
    path: await sharedTinyBase(),
  },
});

/**
 * Forks one engine after another for all files that share this process, so that one of them waits for torch's import.
 * It ends with the process, at the end of its stdin.
 */
export const sharedInterpreter = keepSpareInterpreter(command, createTestLogger().log);
