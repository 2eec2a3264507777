import { join } from "node:path";

/** Where things lie under `.data/`. */
export const dataFolder = (dataDir: string) => ({
  lockFolder: join(dataDir, "lock"),
  secrets: join(dataDir, "secrets.json"),
  ports: join(dataDir, "ports.json"),
  runtime: join(dataDir, "runtime.json"),
  keyFile: join(dataDir, "first-key"),
  masterKey: join(dataDir, "master-key"),
  postgres: join(dataDir, "postgres"),
  seaweedfs: join(dataDir, "seaweedfs"),
  worker: join(dataDir, "worker"),
  compileCache: join(dataDir, "compile-cache"),
  base: join(dataDir, "base.json"),
  baseModel: join(dataDir, "models", "SmolLM2-135M-Instruct"),
  logFile: (part: string) => join(dataDir, "logs", `${part}.log`),
});
