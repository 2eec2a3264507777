import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { planParts } from "./plan-parts.ts";
import { readSettings } from "./settings.ts";

const planFor = async (environment: Record<string, string>) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "loraloom-plan-"));
  return await planParts({ ...readSettings({}), dataDir: folder.path, environment }, { report: () => {} });
};

const ownDatabase = { DATABASE_URL: "postgres://me:secret@db.example/loraloom" };
const ownStore = { S3_BUCKET: "mine", S3_REGION: "eu-central-1" };

test.each([
  [{}, ["postgres", "seaweedfs", "host", "worker"]],
  [ownDatabase, ["seaweedfs", "host", "worker"]],
  [ownStore, ["postgres", "host", "worker"]],
  [{ ...ownDatabase, ...ownStore }, ["host", "worker"]],
])("with %o it starts %o", async (environment, names) => {
  const plan = await planFor(environment);
  expect(plan.parts.map(({ name }) => name)).toEqual(names);
  expect(plan.environment).toMatchObject(environment);
});

test("a host is killed only after the ten seconds that it gives open requests, with time left to end", async () => {
  const [host] = (await planFor({ ...ownDatabase, ...ownStore })).parts;
  expect(host?.stopTimeoutMs).toBeGreaterThanOrEqual(15_000);
});

test("beside a store of the user's, nothing of the embedded one is told to host and workers", async () => {
  const { environment } = await planFor(ownStore);
  expect(environment).not.toHaveProperty("S3_ENDPOINT");
  expect(environment).not.toHaveProperty("S3_SECRET_ACCESS_KEY");
});

test.each([
  [{}, false],
  [{ LORALOOM_PORT: "0", LORALOOM_GATEWAY_PORT: "0" }, false],
  [{ LORALOOM_PORT: "4999", LORALOOM_GATEWAY_PORT: "4998" }, true],
])("with %o host and worker listen where they are looked for", async (environment, isOwn) => {
  const { parts, url, gatewayUrl } = await planFor({ ...ownDatabase, ...ownStore, ...environment });
  const [host, worker] = await Promise.all(parts.map((part) => part.prepare()));
  expect(url).toBe(`http://127.0.0.1:${host?.env.LORALOOM_PORT}`);
  expect(gatewayUrl).toBe(`http://127.0.0.1:${worker?.env.LORALOOM_GATEWAY_PORT}`);
  expect(url.endsWith(":0")).toBe(false);
  expect(url.endsWith(":4999")).toBe(isOwn);
});

test.each([
  ["10.0.0.7", "10.0.0.7"],
  ["0.0.0.0", "127.0.0.1"],
])(
  "a gateway and a host that listen on %s are asked at %s whether they are ready",
  async (listens, asked) => {
    const { url, gatewayUrl } = await planFor({
      ...{ ...ownDatabase, ...ownStore, LORALOOM_PORT: "4999", LORALOOM_GATEWAY_PORT: "4998" },
      ...{ LORALOOM_HOST: listens, LORALOOM_GATEWAY_HOST: listens },
    });
    expect([url, gatewayUrl]).toEqual([`http://${asked}:4999`, `http://${asked}:4998`]);
  },
);
