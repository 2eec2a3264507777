/** Reads the host's environment once; the variables' table in the docs is tested against `hostEnvShape`. */
import { resolve } from "node:path";
import type { Deployment } from "@loraloom/router";
import type { StoreConfig } from "@loraloom/store";
import { basesOf, deploymentEnvShape, parseEnv, storeEnvShape, toStoreConfig } from "@loraloom/store/env";
import { z } from "zod";

const list = (usual: string) =>
  z
    .string()
    .default(usual)
    .transform((text) =>
      text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    );

export const hostEnvShape = {
  ...storeEnvShape,
  ...deploymentEnvShape,
  LORALOOM_HOST: z.string().default("127.0.0.1").describe("Address that the host listens on"),
  LORALOOM_PORT: z.coerce
    .number({ error: "must be a number from 0 to 65535" })
    .int()
    .min(0)
    .max(65_535)
    .default(4710)
    .describe("Port that the host listens on; 0 takes a free one"),
  LORALOOM_KEY_FILE: z
    .string()
    .default(".data/first-key")
    .describe("File that the first API key is written to, readable by its owner only"),
  LORALOOM_MASTER_KEY_FILE: z
    .string()
    .default(".data/master-key")
    .describe("File of the keys that secrets of users are sealed with; all hosts have the same"),
  LORALOOM_ALLOWED_MODELS: list("").describe(
    "Further base models that adapters may name, separated by commas; * allows any",
  ),
  LORALOOM_ALLOWED_ORIGINS: list("*").describe(
    "Origins whose pages may use the API and presigned URLs, separated by commas; * allows any, as every call needs a key",
  ),
  LORALOOM_METRICS_TOKEN: z.string().min(16).optional().meta({
    description:
      "What Prometheus shows at /metrics; left out: only a service key with the scope admin reads them",
    secret: true,
  }),
  LORALOOM_LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error"])
    .default("info")
    .describe("Least level of the lines that are logged"),
};

export type LogLevel = "debug" | "info" | "warn" | "error";
export type HostConfig = {
  store: StoreConfig;
  deployment: Deployment;
  gatewayToken: string;
  hostname: string;
  port: number;
  keyFile: string;
  allowedOrigins: string[];
  metricsToken: string | undefined;
};

/** @throws LoraloomError `bad_configuration`, naming every bad variable */
export const readHostEnv = (
  source: Record<string, string | undefined>,
): { config: HostConfig; logLevel: LogLevel } => {
  const env = parseEnv(hostEnvShape, source);
  const [defaultBase, ...furtherBases] = basesOf(env);
  return {
    logLevel: env.LORALOOM_LOG_LEVEL,
    config: {
      store: { ...toStoreConfig(env), masterKeyFile: resolve(env.LORALOOM_MASTER_KEY_FILE) },
      deployment: {
        defaultBase,
        furtherBases,
        allowedModels: env.LORALOOM_ALLOWED_MODELS,
      },
      gatewayToken: env.LORALOOM_GATEWAY_TOKEN,
      hostname: env.LORALOOM_HOST,
      port: env.LORALOOM_PORT,
      keyFile: resolve(env.LORALOOM_KEY_FILE),
      metricsToken: env.LORALOOM_METRICS_TOKEN,
      allowedOrigins: env.LORALOOM_ALLOWED_ORIGINS,
    },
  };
};
