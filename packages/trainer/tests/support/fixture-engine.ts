import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "@loraloom/testkit";
import type { EngineCommand } from "../../src/engine/child.ts";

const preamble = `import json, os, signal, sys, time
began = time.monotonic()
def answer(**event): print(json.dumps({"at": time.monotonic() - began} | event), flush=True)
`;

/** The command of an engine that does what the Python lines say, which have `answer(**event)` at hand. */
export const writeFixtureEngine = async (lines: string): Promise<EngineCommand & AsyncDisposable> => {
  const pythonFolder = await mkdtemp(join(tmpdir(), "loraloom-engine-fixture-"));
  await mkdir(join(pythonFolder, "loraloom_engine"));
  await writeFile(join(pythonFolder, "loraloom_engine", "__main__.py"), preamble + lines);
  return {
    python,
    pythonFolder,
    [Symbol.asyncDispose]: () => rm(pythonFolder, { recursive: true }),
  };
};
