import { expect, test } from "vitest";
import { deploymentEnvShape, engineKeyOf, parseEnv, storeEnvShape, toStoreConfig } from "./env.ts";
import { usualLimits } from "./limits.ts";

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
  expect(read).toThrow(/S3_ENDPOINT="not a url": must be a URL.*S3_BUCKET is missing \(Bucket that holds/);
  expect(read).not.toThrow(/canary/);
});

test.each([
  ["S3_BUCKET", "b", /^S3_BUCKET="b": must have 3 characters or more$/],
  ["LORALOOM_GATEWAY_TOKEN", "canary", /^LORALOOM_GATEWAY_TOKEN: must have 16 characters or more$/],
  ["LORALOOM_MAX_FILE_MIB", "99999", /must be 5120 or less$/],
  ["LORALOOM_MAX_FILE_MIB", "0", /must be 1 or more$/],
  ["LORALOOM_MAX_FILES", "1.5", /must be a whole number$/],
  ["LORALOOM_KEEP_AUDIT_DAYS", "99999999999", /must be 36500 or less$/],
  ["LORALOOM_PRICE_PER_GPU_HOUR", "-2", /must be 0 or more$/],
  ["LORALOOM_PRICE_PER_GPU_HOUR", "much", /must be a number$/],
  ["LORALOOM_CURRENCY", "c".repeat(21), /must have 20 characters or fewer$/],
  ["LORALOOM_BASE_DTYPE", "float8", /must be float32 or bfloat16$/],
  ["LORALOOM_BASE_QUANTIZATION", "2bit", /must be none, 4bit or 8bit$/],
  ["LORALOOM_FURTHER_BASES", '[{"model": "m"}]', /0\.path is missing$/],
])("%s=%s is refused in words that say what it must be", (name, value, words) => {
  const source = { ...good, LORALOOM_GATEWAY_TOKEN: "g".repeat(16), [name]: value };
  expect(() => parseEnv({ ...storeEnvShape, ...deploymentEnvShape }, source)).toThrow(words);
});

test("a database's password that is not encoded is refused, and no part of it is told", () => {
  const read = (url: string) => () => parseEnv(storeEnvShape, { ...good, DATABASE_URL: url });
  for (const password of [
    "canary/x",
    "canary@x/y",
    "1/canary",
    "canary?x",
    "canary#x",
    "canary@x#y",
    "a b/c",
  ]) {
    expect(read(`postgres://u:${password}@db.internal:5433/loraloom`)).toThrow(/^DATABASE_URL: .*%2F for/);
    expect(read(`postgres://u:${password}@db.internal/loraloom`)).not.toThrow(/canary/);
    expect(read(`postgres://u:${encodeURIComponent(password)}@db.internal/loraloom`)).not.toThrow();
  }
  for (const url of ["postgres://u@db/l?application_name=a@b", "postgresql:///l?host=/run/postgresql"])
    expect(read(url)).not.toThrow();
});

test.each(["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"])("%s alone is refused", (name) => {
  const read = () => toStoreConfig(parseEnv(storeEnvShape, { ...good, [name]: "canary" }));
  expect(read).toThrow(/is missing: give both/);
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

test("limits are the operator's, the usual ones where he says nothing", () => {
  const limitsOf = (given: object) => toStoreConfig(parseEnv(storeEnvShape, { ...good, ...given })).limits;
  expect(limitsOf({})).toEqual(usualLimits);
  const chosen = {
    LORALOOM_MAX_FILE_MIB: "2",
    LORALOOM_MAX_ROW_KIB: "3",
    LORALOOM_MAX_FILE_ROWS: "4",
    LORALOOM_MAX_FILES: "5",
  };
  expect(limitsOf(chosen)).toEqual({
    fileBytes: 2 * 1024 * 1024,
    rowBytes: 3 * 1024,
    rowsPerFile: 4,
    filesPerAvatar: 5,
  });
  const wrong = {
    LORALOOM_MAX_FILE_MIB: "6000",
    LORALOOM_MAX_ROW_KIB: "0",
    LORALOOM_MAX_FILE_ROWS: "1.5",
    LORALOOM_MAX_FILES: "many",
  };
  expect(() => limitsOf(wrong)).toThrow(
    expect.objectContaining({
      code: "bad_configuration",
      details: { variables: Object.keys(wrong) },
    }),
  );
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
