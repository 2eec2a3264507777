import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "@loraloom/testkit";
import { execa } from "execa";
import type { EngineOptions } from "../../src/engine/load-engine.ts";

/** The engine of this repository. */
export const engineCommand = { python, pythonFolder: join(import.meta.dirname, "../../python") };

export type TinyBase = AsyncDisposable & EngineOptions;

/** A base model of a few thousand parameters, made from a config, and the command that serves it. */
export const makeTinyBase = async (): Promise<TinyBase> => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-tiny-base-"));
  await execa(
    python,
    [
      "-c",
      `import sys; sys.path.insert(0, "tests"); from pathlib import Path; from tiny_base import make_tiny_base; make_tiny_base(Path(${JSON.stringify(join(folder, "base"))}))`,
    ],
    {
      cwd: engineCommand.pythonFolder,
    },
  );
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
