import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestCli, type TestCli } from "./open-cli.ts";

const row = '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}\n';

let cli: TestCli;
beforeAll(async () => {
  cli = await openTestCli();
  await writeFile(join(cli.folder, "a.jsonl"), row);
  await cli.run(["adapters", "create"]);
  await cli.run(["upload", "a.jsonl"]);
});
afterAll(() => cli?.[Symbol.asyncDispose]());

const linesOf = async (args: string[]) => (await cli.run(args)).stdout.split("\n");

test("limits are set for everybody and for one user, shown, listed and taken back", async () => {
  const everybody = ["admin", "limits", "set", "--everybody"];
  expect(await linesOf([...everybody, "--queued-runs", "1", "--gpu-seconds-per-day", "5400"])).toEqual([
    "concurrent-runs\tno limit",
    "queued-runs\t1",
    "tokens-per-day\tno limit",
    "tokens-per-month\tno limit",
    "gpu-seconds-per-day\t1 h 30 min",
    "gpu-seconds-per-month\tno limit",
    "cost-per-month\tno limit",
    "storage-bytes\tno limit",
  ]);
  await cli.run([
    "admin",
    "limits",
    "set",
    "--user",
    "bob",
    "--queued-runs",
    "none",
    "--storage-bytes",
    "1000",
  ]);
  expect(await linesOf(["admin", "limits", "get", "--user", "bob"])).toEqual(
    expect.arrayContaining([
      "queued-runs\tno limit",
      "gpu-seconds-per-day\t1 h 30 min",
      "storage-bytes\t1.0 kB",
    ]),
  );
  expect(await linesOf(["admin", "limits"])).toContain("bob: queued-runs no limit, storage-bytes 1.0 kB");
  await cli.run(["admin", "limits", "set", "--user", "bob", "--queued-runs", "default"]);
  expect(await linesOf(["admin", "limits"])).toContain("bob: storage-bytes 1.0 kB");
});

test("whose limits, and which, have to be said", async () => {
  const nobody = { env: { LORALOOM_USER: "" } };
  expect((await cli.run(["admin", "limits", "set", "--queued-runs", "1"], nobody)).exitCode).toBe(2);
  expect((await cli.run(["admin", "limits", "set", "--everybody"])).exitCode).toBe(2);
  expect((await cli.run(["admin", "limits", "set", "--everybody", "--queued-runs", "-1"])).exitCode).toBe(2);
  expect((await cli.run(["admin", "limits", "set", "--everybody", "--queued-runs", "1.5"])).exitCode).toBe(1);
});

test("a start beyond a limit says which, its value and when it frees; usage shows what is used", async () => {
  expect((await cli.run(["train", "--detach"])).exitCode).toBe(0);
  expect(await cli.run(["train", "--detach"])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("The limit 'queuedRuns' of 1 waiting runs is reached: 1 are used"),
  });
  const lines = await linesOf(["usage"]);
  expect(lines).toContain("runs that wait\t1\t1\t-");
  expect(lines).toContainEqual(expect.stringMatching(/^GPU time a day\t0 s\t1 h 30 min\t\d{4}-\d\d-\d\d/));
  expect(lines).toContain(`bytes of files and backups\t${row.length} B\tno limit\t-`);
});
