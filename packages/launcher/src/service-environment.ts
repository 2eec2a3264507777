import { existsSync } from "node:fs";
import { LoraloomError } from "@loraloom/errors";
import { rememberBaseDtype } from "./base-dtype.ts";
import { dataFolder } from "./data-folder.ts";
import { postgresUrl } from "./postgres.ts";
import type { Ports } from "./remembered-ports.ts";
import { s3Endpoint, s3Region } from "./seaweedfs.ts";
import type { Secrets } from "./secrets.ts";
import { hasOwnDatabase, hasOwnStore, type Settings } from "./settings.ts";

export const bucketName = "loraloom";
const defaultBaseModel = "HuggingFaceTB/SmolLM2-135M-Instruct";

type Environment = Record<string, string>;
export type Chosen = { ports: Ports; secrets: Secrets };

/**
 * The environment of host and workers: as if everything were remote. What the user sets wins.
 *
 * @throws LoraloomError `bad_configuration` when a base model is named whose folder isn't known
 */
export const serviceEnvironment = async (settings: Settings, chosen: Chosen): Promise<Environment> => ({
  ...(hasOwnDatabase(settings) ? {} : databaseEnvironment(chosen)),
  ...(hasOwnStore(settings) ? {} : storeEnvironment(chosen)),
  ...(await engineEnvironment(settings)),
  LORALOOM_GATEWAY_TOKEN: chosen.secrets.gatewayToken,
  ...settings.environment,
});

const databaseEnvironment = ({ ports, secrets }: Chosen): Environment => ({
  DATABASE_URL: postgresUrl({ port: ports.postgres, password: secrets.postgresPassword }),
});

const storeEnvironment = ({ ports, secrets }: Chosen): Environment => ({
  S3_ENDPOINT: s3Endpoint(ports),
  S3_REGION: s3Region,
  S3_BUCKET: bucketName,
  S3_FORCE_PATH_STYLE: "true",
  S3_ACCESS_KEY_ID: secrets.s3.accessKeyId,
  S3_SECRET_ACCESS_KEY: secrets.s3.secretAccessKey,
});

const engineEnvironment = async (settings: Settings): Promise<Environment> => ({
  LORALOOM_BASE_MODEL: defaultBaseModel,
  LORALOOM_BASE_REVISION: "main",
  LORALOOM_BASE_DTYPE: await rememberBaseDtype(dataFolder(settings.dataDir).base),
  LORALOOM_BASE_PATH: basePath(settings),
  LORALOOM_ENGINE_PYTHON: settings.python,
});

const basePath = ({ dataDir, environment }: Settings): string => {
  const model = environment.LORALOOM_BASE_MODEL ?? defaultBaseModel;
  if (environment.LORALOOM_BASE_PATH) return environment.LORALOOM_BASE_PATH;
  if (model === defaultBaseModel) return dataFolder(dataDir).baseModel;
  if (existsSync(model)) return model;
  throw new LoraloomError(
    "bad_configuration",
    `LORALOOM_BASE_PATH is missing: the folder that holds the base model '${model}'.`,
  );
};
