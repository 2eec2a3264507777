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

/** Seconds of all steps, and of what comes before and after them; each run's last loss. */
export type Trained = { seconds: number; setup: number; losses: number[] };

export type OurEngine = AsyncDisposable & {
  device: "cpu" | "cuda";
  /** Chats to token ids and labels, as training takes them. */
  tokenize: (rowsPath: string, outPath: string) => Promise<void>;
  /** Trains all of them at once, each for an owner of its own, and saves them. */
  train: (runs: readonly EngineRun[]) => Promise<Trained>;
};

/** An engine as workers start it, with the base loaded, which may be made meanwhile; its files go into the folder. */
export const startOurEngine = async (
  base: BaseModel | Promise<BaseModel>,
  { dtype, folder }: { dtype: Dtype; folder: string },
): Promise<OurEngine> => {
  await using opened = new AsyncDisposableStack();
  const child = opened.use(
    startPython({ python, args: ["-m", "loraloom_engine"], environment: engineEnvironment }),
  );
  const ask = requestsOf(child);
  const { device } = await ask<{ device: "cpu" | "cuda" }>({ type: "hello", protocol: 1 });
  const { id, path } = await base;
  await ask({
    type: "load_base",
    model_id: id,
    revision: "main",
    path,
    dtype,
    quantization: "none",
  });
  const resources = opened.move();
  return {
    device,
    tokenize: async (rowsPath, outPath) => {
      await ask({ type: "tokenize", rows_path: rowsPath, out_path: outPath, ...reading });
    },
    train: async (runs) => {
      const clock = stepClock();
      const finished = await Promise.all(runs.map((run) => ask<Finished>(startRun(run, folder), clock.note)));
      return { ...clock.read(), losses: finished.map(({ final_loss }) => final_loss) };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
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

/** Steps are what lies between the last run that began before the first step of any, and the last step of all. */
const stepClock = () => {
  const begun = performance.now();
  let [started, stepped] = [begun, begun];
  return {
    note: ({ type }: EngineEvent) => {
      if (type === "run_started" && stepped === begun) started = performance.now();
      if (type === "progress") stepped = performance.now();
    },
    read: () => {
      const seconds = (stepped - started) / 1000;
      return { seconds, setup: (performance.now() - begun) / 1000 - seconds };
    },
  };
};

/** Events on the way to an answer. */
const passing = new Set(["run_started", "progress", "run_checkpointed", "log"]);

type Question = PromiseWithResolvers<EngineEvent> & { onPassing: (event: EngineEvent) => void };

/** Asks an engine; any number of requests may be open. @returns the event that ends a request */
const requestsOf = (child: PythonChild) => {
  const open = new Map<string, Question>();
  let last = 0;
  void readEvents(child, open);
  return async <Answer>(request: object, onPassing: Question["onPassing"] = () => {}): Promise<Answer> => {
    last += 1;
    const question = { ...Promise.withResolvers<EngineEvent>(), onPassing };
    open.set(String(last), question);
    child.send({ id: String(last), ...request });
    return (await question.promise) as Answer;
  };
};

const readEvents = async (child: PythonChild, open: Map<string, Question>) => {
  try {
    for (;;) settle(await nextLine<EngineEvent>(child), open);
  } catch (error) {
    for (const { reject } of open.values()) reject(error);
  }
};

const settle = (event: EngineEvent, open: Map<string, Question>) => {
  const question = open.get(event.id ?? "");
  if (!question) return;
  if (passing.has(event.type)) return question.onPassing(event);
  open.delete(event.id ?? "");
  if (event.code === undefined) return question.resolve(event);
  question.reject(new Error(`The engine answered ${event.code}: ${event.message}`));
};
