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
