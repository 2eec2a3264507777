import { join, resolve } from "node:path";
import {
  basesOf,
  deploymentEnvShape,
  logEnvShape,
  parseEnv,
  storeEnvShape,
  toStoreConfig,
} from "@loraloom/store/env";
import { z } from "zod";
import type { WorkerConfig } from "./worker/worker-parts.ts";

const seconds = z.coerce.number().positive();

/** The variables of a worker; the table in the docs is tested against this shape. */
export const workerEnvShape = {
  ...storeEnvShape,
  ...deploymentEnvShape,
  LORALOOM_BASE_PATH: z.string().min(1).describe("Folder that holds the base model's files"),
  LORALOOM_WORKER_DIR: z
    .string()
    .min(1)
    .describe("Folder for a worker's local files; they are removed again"),
  LORALOOM_ENGINE_PYTHON: z
    .string()
    .min(1)
    .default("python3")
    .describe("Python interpreter that has the engine's packages"),
  LORALOOM_ENGINE_DEVICE: z
    .enum(["auto", "cpu", "cuda"])
    .default("auto")
    .describe("Where the engine computes; auto: on a GPU if there is one"),
  LORALOOM_ENGINE_THREADS: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe("CPU threads of the engine; left out: as many as there are cores"),
  LORALOOM_ENGINE_SPARE: z
    .stringbool({ error: "must be true or false" })
    .default(false)
    .describe(
      "true: engines are forked from one interpreter that has torch; so in `npm run dev` and with further bases",
    ),
  LORALOOM_GATEWAY_HOST: z
    .string()
    .min(1)
    .default("127.0.0.1")
    .describe("Address that the gateway listens on"),
  LORALOOM_GATEWAY_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe("Port of the gateway; 0: any free one"),
  LORALOOM_GATEWAY_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("URL under which the host reaches the gateway; left out: its address and port"),
  LORALOOM_LEASE_SECONDS: seconds
    .default(30)
    .describe("A run whose worker is silent for so long is given to another one"),
  LORALOOM_WORKER_SLOTS: z.coerce
    .number()
    .int()
    .positive()
    .default(16)
    .describe("Runs that a worker trains at once, in common passes through its base model"),
  LORALOOM_BASE_WAIT_SECONDS: seconds
    .default(10)
    .describe("Whoever waits longer for another base model has a busy worker change to it"),
  LORALOOM_BASE_STAY_SECONDS: seconds
    .default(60)
    .describe("Least seconds that a busy worker holds a base model before it changes to another one"),
  LORALOOM_CHECKPOINT_SECONDS: seconds.default(30).describe("Most seconds between two checkpoints of a run"),
  LORALOOM_CHECKPOINT_STEPS: z.coerce
    .number()
    .int()
    .positive()
    .default(500)
    .describe("Most steps between two checkpoints of a run"),
  LORALOOM_ONCE_WAIT_SECONDS: seconds
    .default(60)
    .describe("A worker with `--once` waits so long for a run before it ends"),
  ...logEnvShape,
};

/** Where the engine's Python package lies in this repository. */
const pythonFolder = join(import.meta.dirname, "..", "python");

/** A bare name is looked for in PATH; the engine has another working folder, which a path can't be meant from. */
const programPath = (program: string): string => (program.includes("/") ? resolve(program) : program);

/**
 * @param takesOneRun ends after one run
 * @throws LoraloomError `bad_configuration`, naming every bad variable at once
 */
export const readWorkerEnv = (source: NodeJS.ProcessEnv, { takesOneRun = false } = {}) => {
  const env = parseEnv(workerEnvShape, source);
  const [base, ...furtherBases] = basesOf(env);
  const worker: WorkerConfig = {
    engine: {
      base: { ...base, path: resolve(env.LORALOOM_BASE_PATH) },
      furtherBases: furtherBases.map((further) => ({ ...further, path: resolve(further.path) })),
      command: { python: programPath(env.LORALOOM_ENGINE_PYTHON), pythonFolder },
      // Each change of bases starts an engine.
      keepsSpare: env.LORALOOM_ENGINE_SPARE || furtherBases.length > 0,
    },
    baseRules: { waitSeconds: env.LORALOOM_BASE_WAIT_SECONDS, staySeconds: env.LORALOOM_BASE_STAY_SECONDS },
    folder: resolve(env.LORALOOM_WORKER_DIR),
    gateway: {
      host: env.LORALOOM_GATEWAY_HOST,
      port: env.LORALOOM_GATEWAY_PORT,
      url: env.LORALOOM_GATEWAY_URL,
      token: env.LORALOOM_GATEWAY_TOKEN,
    },
    leaseSeconds: env.LORALOOM_LEASE_SECONDS,
    slots: env.LORALOOM_WORKER_SLOTS,
    once: takesOneRun ? { waitSeconds: env.LORALOOM_ONCE_WAIT_SECONDS } : undefined,
    checkpointPace: { steps: env.LORALOOM_CHECKPOINT_STEPS, seconds: env.LORALOOM_CHECKPOINT_SECONDS },
  };
  return { store: toStoreConfig(env), worker, logLevel: env.LORALOOM_LOG_LEVEL };
};
