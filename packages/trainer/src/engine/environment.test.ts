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

test("an engine's threads sleep soon while they wait, unless it is told otherwise", () => {
  expect(engineEnvironment({})).toMatchObject({ OMP_WAIT_POLICY: "PASSIVE", GOMP_SPINCOUNT: "1000" });
  expect(engineEnvironment({ GOMP_SPINCOUNT: "0" }).GOMP_SPINCOUNT).toBe("0");
  const spinning = engineEnvironment({ OMP_WAIT_POLICY: "ACTIVE" });
  expect(spinning).toMatchObject({ OMP_WAIT_POLICY: "ACTIVE" });
  expect(spinning).not.toHaveProperty("GOMP_SPINCOUNT");
});
