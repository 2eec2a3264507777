import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { dataFolder, readSettings } from "@loraloom/launcher";
import { makeTinyBase } from "@loraloom/testkit/tiny-base";
import { python, repositoryRoot } from "../repository.ts";

/** A base model as host and worker are told of it. */
export type BaseModel = { id: string; path: string };
export type BaseName = "demo" | "tiny" | "llama-1b";

/**
 * `demo`: the one that set-up downloads; `tiny`: a few thousand parameters; `llama-1b`: as large as that one, with random
 * weights. The last two are made for this run.
 */
export const openBaseModel = async (name: BaseName): Promise<BaseModel & AsyncDisposable> => {
  if (name === "tiny") return { id: "bench/tiny", ...(await makeTinyBase()) };
  const { baseModel: path } = dataFolder(readSettings().dataDir);
  if (name === "llama-1b") return makeLargeBase(path);
  return { id: "HuggingFaceTB/SmolLM2-135M-Instruct", path, [Symbol.asyncDispose]: async () => {} };
};

const makeLargeBase = async (tokenizer: string): Promise<BaseModel & AsyncDisposable> => {
  const path = await mkdtemp(join(tmpdir(), "loraloom-large-base-"));
  const program = join(repositoryRoot, "bench", "engine", "make_large_base.py");
  await promisify(execFile)(python, [program, tokenizer, path]);
  const remove = () => rm(path, { recursive: true, force: true });
  return { id: "bench/llama-1b", path, [Symbol.asyncDispose]: remove };
};
