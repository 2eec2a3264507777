/** The host as a process of its own, as the launcher starts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { repositoryRoot } from "@loraloom/testkit";
import { expect, test, vi } from "vitest";
import { createTestParts, type TestParts } from "./testing/start-test-host.ts";

const node = join(repositoryRoot, "node_modules", ".bin", "node");

const environmentOf = ({ store, keyFile }: TestParts): Record<string, string> => ({
  DATABASE_URL: store.databaseUrl,
  S3_ENDPOINT: store.objects.endpoint ?? "",
  S3_REGION: store.objects.region,
  S3_BUCKET: store.objects.bucket,
  S3_FORCE_PATH_STYLE: "true",
  S3_ACCESS_KEY_ID: store.objects.accessKeyId ?? "",
  S3_SECRET_ACCESS_KEY: store.objects.secretAccessKey ?? "",
  LORALOOM_GATEWAY_TOKEN: "a token of some length",
  LORALOOM_PORT: "0",
  LORALOOM_KEY_FILE: keyFile,
});

const startMain = (environment: Record<string, string>) => {
  const child = spawn(node, [join(import.meta.dirname, "main.ts")], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  return { child, exit: exitOf(child), output: () => output };
};
/** Once all that it has printed was read. */
const exitOf = async (child: ChildProcess): Promise<number | null> => (await once(child, "close"))[0];

test("it serves, and ends cleanly when it is told to", async () => {
  await using parts = await createTestParts();
  const { child, exit, output } = startMain(environmentOf(parts));
  await vi.waitFor(() => expect(output()).toContain("connected to the database"), { timeout: 100_000 });
  const [, url] = /"url":"([^"]+)"/.exec(output()) ?? [];
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  child.kill("SIGTERM");
  expect(await exit).toBe(0);
});

test("it ends with every bad variable named and no secret shown", async () => {
  await using parts = await createTestParts();
  const environment = { ...environmentOf(parts), LORALOOM_PORT: "many", LORALOOM_GATEWAY_TOKEN: "s3cret" };
  const { exit, output } = startMain(environment);
  expect(await exit).toBe(1);
  expect(output()).toContain("LORALOOM_PORT");
  expect(output()).toContain("LORALOOM_GATEWAY_TOKEN");
  expect(output()).not.toContain("s3cret");
  expect(JSON.parse(output())).toMatchObject({ code: "bad_configuration", remedy: expect.any(String) });
});
