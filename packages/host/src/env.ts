/** Reads the host's environment once; the variables' table in the docs is tested against `hostEnvShape`. */
import { BlockList } from "node:net";
import { resolve } from "node:path";
import type { Deployment } from "@loraloom/router";
import type { StoreConfig } from "@loraloom/store";
import {
  basesOf,
  deploymentEnvShape,
  type LogLevel,
  logEnvShape,
  parseEnv,
  storeEnvShape,
  toStoreConfig,
} from "@loraloom/store/env";
import { parseNetwork } from "@loraloom/store/webhooks";
import { z } from "zod";
import { networksOf } from "./limits/client-address.ts";
import { type JwtConfig, jwtConfigOf, jwtEnvShape } from "./sign-in/jwt-env.ts";
import { wordList } from "./word-list.ts";

const mostOf = (usual: number) => z.coerce.number().int().min(0).max(1_000_000_000).default(usual);

export const hostEnvShape = {
  ...storeEnvShape,
  ...deploymentEnvShape,
  LORALOOM_HOST: z.string().default("127.0.0.1").describe("Address that the host listens on"),
  LORALOOM_PORT: z.coerce
    .number()
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
  LORALOOM_ALLOWED_MODELS: wordList("").describe(
    "Further base models that adapters may name, separated by commas; * allows any",
  ),
  ...jwtEnvShape,
  LORALOOM_MAX_USER_CALLS: mostOf(6_000).describe(
    "Calls that a user's key, or a signed-in user, may make at a host in 10 seconds; 0: any number",
  ),
  LORALOOM_MAX_SERVICE_CALLS: mostOf(20_000).describe(
    "Calls that a service key may make at a host in 10 seconds; 0: any number",
  ),
  LORALOOM_MAX_ADDRESS_CALLS: mostOf(20_000).describe(
    "Calls that one address may make at a host in 10 seconds, whatever its keys; 0: any number",
  ),
  LORALOOM_MAX_ADDRESS_FAILURES: mostOf(100).describe(
    "Keys and tokens of one address that a host refuses in a minute before it refuses the address; 0: any number",
  ),
  LORALOOM_MAX_WEBHOOK_CALLS: mostOf(60).describe(
    "Calls of a minute at a host by which webhooks of one user are made, changed, tried or sent again; 0: any number",
  ),
  LORALOOM_MAX_SHARE_CALLS: mostOf(300).describe(
    "Calls of a minute at a host by which one user shares avatars; 0: any number",
  ),
  LORALOOM_TRUSTED_PROXIES: z
    .string()
    .transform(networksOf)
    .refine((networks) => networks !== undefined, {
      error: "must be addresses or networks with commas between them, such as 10.0.0.1,fd00::/8",
    })
    .optional()
    .describe(
      "Addresses or networks of proxies whose header x-forwarded-for is believed, separated by commas",
    ),
  LORALOOM_MAX_STREAMS: mostOf(2_000).describe(
    "Watches and chats that one key, or one signed-in user, may have open at a host; 0: any number",
  ),
  LORALOOM_ALLOWED_ORIGINS: wordList("*").describe(
    "Origins whose pages may use the API and presigned URLs, separated by commas; * allows any, as every call needs a key",
  ),
  LORALOOM_METRICS_TOKEN: z.string().min(16).optional().meta({
    description:
      "What Prometheus shows at /metrics; left out: only a service key with the scope admin reads them",
    secret: true,
  }),
  LORALOOM_WEBHOOK_NETWORKS: wordList("").describe(
    "Private networks that webhooks may go to, by http too, such as 10.0.0.0/8,fd00::/8; left out: to public addresses only",
  ),
  ...logEnvShape,
};

export type HostConfig = {
  store: StoreConfig;
  deployment: Deployment;
  gatewayToken: string;
  hostname: string;
  port: number;
  keyFile: string;
  allowedOrigins: string[];
  metricsToken: string | undefined;
  limits: RequestLimits;
  trustedProxies: BlockList;
  /** Left out: only API keys are taken. */
  jwt?: JwtConfig | undefined;
};

/** Of one host process; 0: without a limit. */
export type RequestLimits = {
  /** Of one caller or one address in 10 seconds. */
  userCalls: number;
  serviceCalls: number;
  addressCalls: number;
  /** Refused keys of one address in a minute. */
  addressFailures: number;
  /** By which webhooks of one user are made, changed, tried or sent again, in a minute. */
  webhookCalls: number;
  /** By which one user shares avatars, in a minute. */
  shareCalls: number;
  /** Watches and chats that one caller has open. */
  streams: number;
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
        webhookPolicy: { networks: env.LORALOOM_WEBHOOK_NETWORKS.map(parseNetwork) },
      },
      gatewayToken: env.LORALOOM_GATEWAY_TOKEN,
      hostname: env.LORALOOM_HOST,
      port: env.LORALOOM_PORT,
      keyFile: resolve(env.LORALOOM_KEY_FILE),
      metricsToken: env.LORALOOM_METRICS_TOKEN,
      allowedOrigins: env.LORALOOM_ALLOWED_ORIGINS,
      jwt: jwtConfigOf(env),
      limits: {
        userCalls: env.LORALOOM_MAX_USER_CALLS,
        serviceCalls: env.LORALOOM_MAX_SERVICE_CALLS,
        addressCalls: env.LORALOOM_MAX_ADDRESS_CALLS,
        addressFailures: env.LORALOOM_MAX_ADDRESS_FAILURES,
        webhookCalls: env.LORALOOM_MAX_WEBHOOK_CALLS,
        shareCalls: env.LORALOOM_MAX_SHARE_CALLS,
        streams: env.LORALOOM_MAX_STREAMS,
      },
      trustedProxies: env.LORALOOM_TRUSTED_PROXIES ?? new BlockList(),
    },
  };
};
