import { join } from "node:path";
import { python } from "../repository.ts";
import type { BaseModel } from "../services/base-model.ts";
import { engineEnvironment } from "./engine-program.ts";
import { nextLine, type PythonChild, startPython } from "./python-child.ts";
import { type RunConfig, trainingConfig } from "./run-config.ts";
import type { Dtype } from "./sizes.ts";

/** The fields of an engine's events that are looked at here. */
type EngineEvent = { type: string; id?: string; code?: string; message?: string };
type Finished = EngineEvent & { final_loss: number };

export type EngineRun = { name: string; rowsPath: string; config: RunConfig };

export type OurEngine = AsyncDisposable & {
  device: "cpu" | "cuda";
  /** Chats to token ids and labels, as training takes them. */
  tokenize: (rowsPath: string, outPath: string) => Promise<void>;
  /** Trains all of them at once, each for an owner of its own, and saves them. @returns each one's last loss */
  train: (runs: readonly EngineRun[]) => Promise<number[]>;
};

/** An engine as workers start it, with the base loaded; its files go into the folder. */
export const startOurEngine = async (
  base: BaseModel,
  { dtype, folder }: { dtype: Dtype; folder: string },
): Promise<OurEngine> => {
  const child = startPython({ python, args: ["-m", "loraloom_engine"], environment: engineEnvironment });
  const ask = requestsOf(child);
  const { device } = await ask<{ device: "cpu" | "cuda" }>({ type: "hello", protocol: 1 });
  await ask({
    type: "load_base",
    model_id: base.id,
    revision: "main",
    path: base.path,
    dtype,
    quantization: "none",
  });
  return {
    device,
    tokenize: async (rowsPath, outPath) => {
      await ask({ type: "tokenize", rows_path: rowsPath, out_path: outPath, ...reading });
    },
    train: async (runs) => {
      const finished = await Promise.all(runs.map((run) => ask<Finished>(startRun(run, folder))));
      return finished.map(({ final_loss }) => final_loss);
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
};

const reading = { max_length: 1024, over_length: "drop", template_variables: {} };

const startRun = ({ name, rowsPath, config }: EngineRun, folder: string) => ({
  type: "start_run",
  run_id: name,
  owner: name,
  rows_path: rowsPath,
  evaluation_path: null,
  checkpoint_path: null,
  work_dir: join(folder, name),
  config: trainingConfig(config),
});

/** Events on the way to an answer. */
const passing = new Set(["run_started", "progress", "run_checkpointed", "log"]);

/** Asks an engine; any number of requests may be open. @returns the event that ends a request */
const requestsOf = (child: PythonChild) => {
  const open = new Map<string, PromiseWithResolvers<EngineEvent>>();
  let last = 0;
  void readEvents(child, open);
  return async <Answer>(request: object): Promise<Answer> => {
    last += 1;
    const answer = Promise.withResolvers<EngineEvent>();
    open.set(String(last), answer);
    child.send({ id: String(last), ...request });
    return (await answer.promise) as Answer;
  };
};

const readEvents = async (child: PythonChild, open: Map<string, PromiseWithResolvers<EngineEvent>>) => {
  try {
    for (;;) settle(await nextLine<EngineEvent>(child), open);
  } catch (error) {
    for (const { reject } of open.values()) reject(error);
  }
};

const settle = (event: EngineEvent, open: Map<string, PromiseWithResolvers<EngineEvent>>) => {
  const answer = open.get(event.id ?? "");
  if (!answer || passing.has(event.type)) return;
  open.delete(event.id ?? "");
  if (event.code === undefined) return answer.resolve(event);
  answer.reject(new Error(`The engine answered ${event.code}: ${event.message}`));
};
