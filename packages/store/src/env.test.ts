import { expect, test } from "vitest";
import { deploymentEnvShape, engineKeyOf, parseEnv, storeEnvShape, toStoreConfig } from "./env.ts";

const good = { DATABASE_URL: "postgres://u:p@localhost/d", S3_BUCKET: "bucket" };

test("every bad variable is named at once, with its value unless it is a secret", () => {
  const source = {
    DATABASE_URL: "mysql://canary@nowhere",
    S3_ENDPOINT: "not a url",
    S3_FORCE_PATH_STYLE: "perhaps",
    LORALOOM_GATEWAY_TOKEN: "canary-short",
  };
  const read = () => parseEnv({ ...storeEnvShape, ...deploymentEnvShape }, source);
  expect(read).toThrow(
    expect.objectContaining({
      code: "bad_configuration",
      details: {
        variables: [
          "DATABASE_URL",
          "S3_ENDPOINT",
          "S3_BUCKET",
          "S3_FORCE_PATH_STYLE",
          "LORALOOM_GATEWAY_TOKEN",
        ],
      },
    }),
  );
  expect(read).toThrow(/S3_ENDPOINT="not a url".*S3_BUCKET is missing/);
  expect(read).not.toThrow(/canary/);
});

test("an empty variable counts as left out", () => {
  const env = parseEnv(storeEnvShape, { ...good, S3_ENDPOINT: "", S3_FORCE_PATH_STYLE: "" });
  expect(toStoreConfig(env).objects).toMatchObject({
    endpoint: undefined,
    forcePathStyle: false,
    region: "us-east-1",
  });
});

test("every variable says what it is", () => {
  for (const schema of Object.values({ ...storeEnvShape, ...deploymentEnvShape })) {
    expect(schema.description).toMatch(/\w{3}/);
  }
});

test("an engine key names model, revision, dtype and quantization", () => {
  expect(engineKeyOf({ modelId: "a/b", revision: "main", dtype: "float32", quantization: "none" })).toBe(
    "a/b@main/float32/none",
  );
});
