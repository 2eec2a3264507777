/** Reads the environment once, at a process's start; the variables' table in the docs is tested against these shapes. */
import { LoraloomError } from "@loraloom/errors";
import { z } from "zod";
import { type Base, type BaseIdentity, parseFurtherBases } from "./bases.ts";
import { settingFault } from "./env-words.ts";
import { limitEnvShape, toLimits } from "./limits.ts";
import { retentionEnvShape, toRetention } from "./retention.ts";
import type { StoreConfig } from "./store.ts";
import { priceEnvShape, toPrice } from "./usage/price.ts";

/** Marks a variable whose value never enters a message. */
const secret = (description: string) => ({ description, secret: true });

/** A bare `/`, `?` or `#` in a password ends the host's place early: the rest of it would be taken, and told, as a name. */
const endsInPassword = /^postgres(ql)?:\/\/[^/?#]*([?#].*@|\/[^?]*@)/;

export const storeEnvShape = {
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must begin with postgres://")
    .refine(
      (url) => URL.canParse(url) && !endsInPassword.test(url),
      "is no URL; in its user and password write %2F for /, %40 for @, %3A for :, %3F for ?, %23 for #, %25 for %",
    )
    .meta(secret("Postgres 15 or newer, as a postgres:// URL")),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("URL of the S3 server; left out: AWS"),
  S3_PUBLIC_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("URL under which browsers reach the S3 server; left out: S3_ENDPOINT"),
  S3_REGION: z.string().default("us-east-1").describe("Region that requests are signed for"),
  S3_BUCKET: z.string().min(3).max(63).describe("Bucket that holds everything"),
  S3_FORCE_PATH_STYLE: z
    .stringbool({ error: "must be true or false" })
    .default(false)
    .describe("true where the bucket stands in the path of the URL, as with SeaweedFS and MinIO"),
  S3_ACCESS_KEY_ID: z
    .string()
    .optional()
    .meta(secret("Access key; left out: the credential chain of the AWS SDK")),
  S3_SECRET_ACCESS_KEY: z.string().optional().meta(secret("Secret of the access key")),
  ...limitEnvShape,
  ...priceEnvShape,
  ...retentionEnvShape,
};

export const logEnvShape = {
  LORALOOM_LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error"])
    .default("info")
    .describe("The least important log lines that are written"),
};
export type LogLevel = z.infer<typeof logEnvShape.LORALOOM_LOG_LEVEL>;

/** What the host and the workers of one deployment must agree on. */
export const deploymentEnvShape = {
  LORALOOM_BASE_MODEL: z
    .string()
    .min(1)
    .default("HuggingFaceTB/SmolLM2-135M-Instruct")
    .describe("Id of the base model that adapters are trained on when nothing else is asked for"),
  LORALOOM_BASE_REVISION: z.string().min(1).default("main").describe("Revision of the base model"),
  LORALOOM_BASE_DTYPE: z
    .enum(["float32", "bfloat16"])
    .default("float32")
    .describe("Number type of the resident base model"),
  LORALOOM_BASE_QUANTIZATION: z
    .enum(["none", "4bit", "8bit"])
    .default("none")
    .describe("4bit (nf4, QLoRA) or 8bit: the base model in less memory, rounded"),
  LORALOOM_FURTHER_BASES: z
    .string()
    .default("[]")
    .transform(parseFurtherBases)
    .describe('Base models that workers hold in turn with it, as `[{"model": "id", "path": "/folder"}]`'),
  LORALOOM_GATEWAY_TOKEN: z
    .string()
    .min(16)
    .meta(secret("Shared by the host and its workers: what the host shows at a worker's gateway")),
};

type StoreEnv = z.infer<z.ZodObject<typeof storeEnvShape>>;

/**
 * The store's part of a parsed environment.
 *
 * @throws LoraloomError `bad_configuration` for half of what is shown to the object store
 */
export const toStoreConfig = (env: StoreEnv): StoreConfig => ({
  databaseUrl: env.DATABASE_URL,
  objects: {
    endpoint: env.S3_ENDPOINT,
    publicEndpoint: env.S3_PUBLIC_ENDPOINT,
    region: env.S3_REGION,
    bucket: env.S3_BUCKET,
    forcePathStyle: env.S3_FORCE_PATH_STYLE,
    ...credentialsOf(env),
  },
  limits: toLimits(env),
  price: toPrice(env),
  retention: toRetention(env),
});

/** With one of them alone the SDK's chain would be asked, and whatever it finds be used instead. */
const credentialsOf = ({
  S3_ACCESS_KEY_ID: accessKeyId,
  S3_SECRET_ACCESS_KEY: secretAccessKey,
}: StoreEnv) => {
  if ((accessKeyId === undefined) === (secretAccessKey === undefined))
    return { accessKeyId, secretAccessKey };
  const missing = accessKeyId === undefined ? "S3_ACCESS_KEY_ID" : "S3_SECRET_ACCESS_KEY";
  throw new LoraloomError(
    "bad_configuration",
    `${missing} is missing: give both S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, or neither.`,
    { details: { variables: [missing] } },
  );
};

export { type Base, type BaseIdentity, engineKeyOf } from "./bases.ts";

type DeploymentEnv = z.infer<z.ZodObject<typeof deploymentEnvShape>>;

/**
 * The base models of a deployment, the default one first.
 *
 * @throws LoraloomError `bad_configuration` where two of them have one id: users choose by it
 */
export const basesOf = (env: DeploymentEnv): [Omit<Base, "path">, ...Base[]] => {
  const usual: Omit<Base, "path"> = {
    modelId: env.LORALOOM_BASE_MODEL,
    revision: env.LORALOOM_BASE_REVISION,
    dtype: env.LORALOOM_BASE_DTYPE,
    quantization: env.LORALOOM_BASE_QUANTIZATION,
  };
  const further = env.LORALOOM_FURTHER_BASES.map(({ model, dtype = usual.dtype, ...rest }) => ({
    modelId: model,
    dtype,
    ...rest,
  }));
  const bases: [Omit<Base, "path">, ...Base[]] = [usual, ...further];
  requireOwnIds(bases);
  return bases;
};

const requireOwnIds = (bases: BaseIdentity[]): void => {
  const ids = bases.map(({ modelId }) => modelId);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice === undefined) return;
  throw new LoraloomError(
    "bad_configuration",
    `LORALOOM_FURTHER_BASES: the base model '${twice}' is there twice; users name a base by its id alone.`,
    { details: { variables: ["LORALOOM_FURTHER_BASES"] } },
  );
};

/** How the base of an engine's key is quantized: its last part. */
export const quantizationOf = (engineKey: string): string => engineKey.slice(engineKey.lastIndexOf("/") + 1);

/**
 * Reads the variables of a shape; an empty value counts as left out.
 *
 * @throws LoraloomError `bad_configuration`, naming every bad variable at once
 */
export const parseEnv = <Shape extends z.ZodRawShape>(
  shape: Shape,
  source: Record<string, string | undefined>,
): z.infer<z.ZodObject<Shape>> => {
  const given = Object.keys(shape).flatMap((name) => (source[name] ? [[name, source[name]]] : []));
  const parsed = z.object(shape).safeParse(Object.fromEntries(given), { error: settingFault });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const value = source[name];
    return value ? `${name}${shownValue(shape[name], value)}: ${issue.message}` : missing(name, shape[name]);
  });
  throw new LoraloomError("bad_configuration", faults.join("; "), {
    details: { variables: [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))] },
  });
};

const missing = (name: string, schema: z.core.$ZodType | undefined): string =>
  `${name} is missing (${schema && z.globalRegistry.get(schema)?.description})`;

const shownValue = (schema: z.core.$ZodType | undefined, value: string): string => {
  const isSecret = schema !== undefined && z.globalRegistry.get(schema)?.secret === true;
  return isSecret ? "" : `=${JSON.stringify(value.slice(0, 200))}`;
};
