import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { python, repositoryRoot } from "./paths.ts";

const testsFolder = join(repositoryRoot, "packages/trainer/python/tests");
/** Of that length an answer takes ten seconds and more: whoever interrupts one comes in time, however busy. */
const contextLength = 16_384;
/** Without looking for garbage, which takes a quarter of the imports' time. */
const program = `import gc, sys
gc.disable()
from pathlib import Path
from tiny_base import make_tiny_base
make_tiny_base(Path(sys.argv[1]), max_position_embeddings=${contextLength})`;

/** The folder of one that is made already, for programs that a test starts: they only read it. */
export const readyBaseVariable = "LORALOOM_TEST_BASE";

/** A base model of a few thousand parameters, made from a config: real in kind, quick in training. */
export const makeTinyBase = async (): Promise<{ path: string } & AsyncDisposable> => {
  const { [readyBaseVariable]: ready } = process.env;
  if (ready) return { path: ready, [Symbol.asyncDispose]: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), "loraloom-tiny-base-"));
  const path = join(folder, "base");
  await promisify(execFile)(python, ["-c", program, path], {
    env: { ...process.env, PYTHONPATH: testsFolder },
  });
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};
