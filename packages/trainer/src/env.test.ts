import { resolve } from "node:path";
import { expect, test } from "vitest";
import { readWorkerEnv } from "./env.ts";

const environment = {
  DATABASE_URL: "postgres://db.internal/loraloom",
  S3_BUCKET: "loraloom",
  LORALOOM_GATEWAY_TOKEN: "sixteen-letters-or-more",
  LORALOOM_BASE_PATH: "models/llama",
  LORALOOM_WORKER_DIR: "worker",
};

test("paths are meant from the folder where the worker is started, which the engine's is not", () => {
  const { worker } = readWorkerEnv({
    ...environment,
    LORALOOM_ENGINE_PYTHON: ".venv/bin/python",
    LORALOOM_FURTHER_BASES: '[{"model": "qwen", "path": "models/qwen"}]',
  });
  expect(worker).toMatchObject({
    folder: resolve("worker"),
    engine: {
      base: { path: resolve("models/llama") },
      furtherBases: [{ path: resolve("models/qwen") }],
      command: { python: resolve(".venv/bin/python") },
    },
  });
});

test("an interpreter that is named without a folder is looked for in PATH", () => {
  const { worker } = readWorkerEnv({ ...environment, LORALOOM_ENGINE_PYTHON: "python3.12" });
  expect(worker.engine.command.python).toBe("python3.12");
});
