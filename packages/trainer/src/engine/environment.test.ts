import { expect, test } from "vitest";
import { engineEnvironment } from "./environment.ts";

test("an engine sees nothing of the worker's environment that is not listed", () => {
  const environment = engineEnvironment({
    PATH: "/usr/bin",
    DATABASE_URL: "postgres://canary",
    S3_SECRET_ACCESS_KEY: "canary",
    LORALOOM_GATEWAY_TOKEN: "canary",
    HF_TOKEN: "canary",
  });
  expect(JSON.stringify(environment)).not.toContain("canary");
  expect(environment.PATH).toBe("/usr/bin");
});

test("an engine's threads sleep while they wait, unless it is told otherwise", () => {
  expect(engineEnvironment({}).OMP_WAIT_POLICY).toBe("PASSIVE");
  expect(engineEnvironment({ OMP_WAIT_POLICY: "ACTIVE" }).OMP_WAIT_POLICY).toBe("ACTIVE");
});
