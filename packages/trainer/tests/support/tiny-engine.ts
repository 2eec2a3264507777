import { join } from "node:path";
import { makeTinyBase, python } from "@loraloom/testkit";
import type { EngineOptions } from "../../src/engine/load-engine.ts";

export type TinyEngine = AsyncDisposable & EngineOptions;

/** A tiny base model and the command of this repository's engine that serves it. */
export const makeTinyEngine = async (): Promise<TinyEngine> => {
  const { path, [Symbol.asyncDispose]: dispose } = await makeTinyBase();
  return {
    command: { python, pythonFolder: join(import.meta.dirname, "../../python") },
    base: { modelId: "test/tiny", revision: "main", dtype: "float32", quantization: "none", path },
    [Symbol.asyncDispose]: dispose,
  };
};
