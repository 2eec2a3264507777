import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "@loraloom/testkit";
import { execa } from "execa";
import type { EngineOptions } from "../../src/engine/load-engine.ts";

/** The engine of this repository. */
export const engineCommand = { python, pythonFolder: join(import.meta.dirname, "../../python") };

/** The engine's own tests use the same model. */
const makeBase = "import pathlib, sys, tiny_base; tiny_base.make_tiny_base(pathlib.Path(sys.argv[1]))";

export type TinyBase = AsyncDisposable & EngineOptions;

/** A base model of a few thousand parameters, made from a config, and the command that serves it. */
export const makeTinyBase = async (): Promise<TinyBase> => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-tiny-base-"));
  await execa(python, ["-c", makeBase, join(folder, "base")], {
    cwd: join(engineCommand.pythonFolder, "tests"),
  });
  return {
    command: engineCommand,
    base: {
      modelId: "test/tiny",
      revision: "main",
      dtype: "float32",
      quantization: "none",
      path: join(folder, "base"),
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};
