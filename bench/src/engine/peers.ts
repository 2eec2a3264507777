import { join } from "node:path";
import { repositoryRoot } from "../repository.ts";
import type { BaseModel } from "../services/base-model.ts";
import { nextLine, type PythonCommand, runPython, startPython } from "./python-child.ts";
import { runConfig } from "./run-config.ts";

const programs = join(repositoryRoot, "bench", "peers");

/** Seconds of all steps, and of what comes before and after them. */
export type Outcome = { seconds: number; setup: number; loss: number };

/** What is changed of TRL's defaults. */
export type Changes = { bf16?: boolean; gradient_checkpointing?: boolean };

export type PeerJob = { rowsPath: string; out: string; changes: Changes };

/** A process that has imported TRL and loaded the base. */
export type WarmPeer = AsyncDisposable & { train: (job: PeerJob) => Promise<Outcome> };

/** @param python the interpreter of the peers' environment */
export const startWarmPeer = (python: string, base: BaseModel, folder: string): WarmPeer => {
  const child = startPython(command(python, "warm.py", { folder, args: [base.path] }));
  return {
    train: async (job) => {
      child.send(fieldsOf(job));
      return nextLine<Outcome>(child);
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
};

/** One adapter in a process of its own: what is not a step belongs to its setup. */
export const trainFresh = async (
  python: string,
  base: BaseModel,
  { folder, ...job }: PeerJob & { folder: string },
): Promise<Outcome> => {
  const begun = performance.now();
  const args = [base.path, JSON.stringify(fieldsOf(job))];
  const outcome = await runPython<Outcome>(command(python, "fresh.py", { folder, args }));
  const altogether = (performance.now() - begun) / 1000;
  return { ...outcome, setup: altogether - outcome.seconds };
};

const fieldsOf = ({ rowsPath, out, changes }: PeerJob) => ({
  rows: rowsPath,
  out,
  rank: runConfig.rank,
  learning_rate: runConfig.learningRate,
  seed: runConfig.seed,
  changes,
});

const command = (
  python: string,
  program: string,
  { folder, args }: { folder: string; args: string[] },
): PythonCommand => ({
  python,
  args: [join(programs, program), ...args],
  environment: { HF_HOME: join(folder, "huggingface"), HF_DATASETS_DISABLE_PROGRESS_BARS: "1" },
});
