import { expect, test } from "vitest";
import { hostEnvShape, readHostEnv } from "./env.ts";

const needed = {
  DATABASE_URL: "postgres://user:secret@db/loraloom",
  S3_BUCKET: "loraloom",
  LORALOOM_GATEWAY_TOKEN: "a token of some length",
};

test("what is left out has its default", () => {
  const { config, logLevel } = readHostEnv(needed);
  expect(logLevel).toBe("info");
  expect(config).toMatchObject({
    hostname: "127.0.0.1",
    port: 4710,
    allowedOrigins: ["*"],
    deployment: { allowedModels: [], defaultBase: { revision: "main", quantization: "none" } },
  });
});

test("lists are read with or without spaces", () => {
  const { config } = readHostEnv({ ...needed, LORALOOM_ALLOWED_MODELS: "a/b, c/d,,", LORALOOM_PORT: "0" });
  expect(config.deployment.allowedModels).toEqual(["a/b", "c/d"]);
  expect(config.port).toBe(0);
});

const readBases = (...bases: object[]) =>
  readHostEnv({ ...needed, LORALOOM_BASE_DTYPE: "bfloat16", LORALOOM_FURTHER_BASES: JSON.stringify(bases) })
    .config.deployment.furtherBases;

test("further bases are of the default one's number type unless they say otherwise", () => {
  const bases = readBases(
    { model: "a/b", path: "/models/b" },
    { model: "c/d", path: "/models/d", dtype: "float32", quantization: "8bit", revision: "v2" },
  );
  expect(bases).toEqual([
    { modelId: "a/b", path: "/models/b", revision: "main", dtype: "bfloat16", quantization: "none" },
    { modelId: "c/d", path: "/models/d", revision: "v2", dtype: "float32", quantization: "8bit" },
  ]);
});

test("further bases that can't be read, or have one id, are refused by what is wrong with them", () => {
  expect(() => readHostEnv({ ...needed, LORALOOM_FURTHER_BASES: "a/b" })).toThrow(/must be JSON such as/);
  expect(() => readBases({ model: "a/b" })).toThrow(/LORALOOM_FURTHER_BASES=.*0\.path is missing/);
  const twice = { model: "a/b", path: "/models/b" };
  expect(() => readBases(twice, { ...twice, quantization: "4bit" })).toThrow(/'a\/b' is there twice/);
});

test("every bad variable is named at once, and no secret is shown", () => {
  const read = () =>
    readHostEnv({
      ...needed,
      LORALOOM_PORT: "many",
      LORALOOM_LOG_LEVEL: "loud",
      DATABASE_URL: "mysql://s3cret",
    });
  expect(read).toThrow(/LORALOOM_PORT="many".*LORALOOM_LOG_LEVEL="loud"/);
  expect(read).toThrow(/DATABASE_URL/);
  expect(read).not.toThrow(/s3cret/);
});

test("every variable is described", () => {
  for (const [name, schema] of Object.entries(hostEnvShape))
    expect(schema.meta()?.description ?? schema.description, name).toMatch(/\w{3}/);
});

const signIn = {
  ...needed,
  LORALOOM_JWT_ISSUER: "https://sign-in.example",
  LORALOOM_JWT_AUDIENCE: "one, two",
  LORALOOM_JWT_KEYS: "https://sign-in.example/keys",
};

test("a sign-in is configured wholly or not at all", () => {
  expect(readHostEnv(needed).config.jwt).toBeUndefined();
  expect(readHostEnv(signIn).config.jwt).toMatchObject({
    audience: ["one", "two"],
    algorithms: ["RS256"],
    userClaim: "sub",
    defaultScopes: ["read", "write", "train"],
  });
  const { LORALOOM_JWT_KEYS: _, ...incomplete } = signIn;
  expect(() => readHostEnv(incomplete)).toThrow(/^LORALOOM_JWT_KEYS is missing: tokens are taken with all/);
});

test.each([
  [{ LORALOOM_JWT_ALGORITHMS: "HS256" }, /LORALOOM_JWT_ALGORITHMS="HS256": must be one or more of RS256/],
  [{ LORALOOM_JWT_ALGORITHMS: "RS256,none" }, /must be one or more of/],
  [{ LORALOOM_JWT_ALGORITHMS: "," }, /must be one or more of/],
  [{ LORALOOM_JWT_DEFAULT_SCOPES: "read,admin" }, /must be one or more of read, write, train/],
  [{ LORALOOM_JWT_KEYS: "http://sign-in.example/keys" }, /must be an https URL/],
  [{ LORALOOM_TRUSTED_PROXIES: "10.0.0.0/99" }, /must be addresses or networks/],
  [{ LORALOOM_MAX_USER_CALLS: "-1" }, /LORALOOM_MAX_USER_CALLS/],
])("%j is refused", (changes, message) => {
  expect(() => readHostEnv({ ...signIn, ...changes })).toThrow(message);
});

test.each([
  ["http://127.0.0.1:8080/keys", "http://127.0.0.1:8080/keys"],
  ["/etc/loraloom/keys.json", "file:///etc/loraloom/keys.json"],
])("keys are read from %s too", (keys, url) => {
  expect(readHostEnv({ ...signIn, LORALOOM_JWT_KEYS: keys }).config.jwt?.keys.href).toBe(url);
});
