import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { withSharedTinyBase } from "@loraloom/testkit";
import { expect, test } from "vitest";

const main = join(import.meta.dirname, "../src/main.ts");
const run = async (...args: string[]) =>
  promisify(execFile)(process.execPath, [main, ...args], { env: await withSharedTinyBase() });

test("every measure of storage runs and gives one result for each target", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-bench-test-"));
  try {
    const jsonFile = join(folder, "results.json");
    const { stdout } = await run("storage", "--smoke", "--json", jsonFile);
    const { machine, commit, results } = JSON.parse(await readFile(jsonFile, "utf8"));
    expect(machine).toMatchObject({ cores: expect.any(Number), calibration: { length: 3 } });
    expect(commit === null || typeof commit === "string").toBe(true);
    expect(results.map(({ name }: { name: string }) => name)).toEqual([
      "20 concurrent flips of one avatar",
      "writes of the dictionary for 20 flips",
      "presigned PUT, 16 at once, p99",
      "presigned PUT, 16 clients of one process, p99",
      "client upload of 1 MiB, share of a raw PUT's rate",
      "page of 100 of 40 files, p99",
      "summary of 40 files",
      "validation without token counts, share of JSON.parse's rate",
      "peak memory above idle, inspection of a file of 5 MB",
      "host latency p99, inspection of a file of 5 MB, of idle",
      "validation with token counts, share of the tokenizer's own rate",
      "estimated seconds of a run of 5 steps on bench/tiny, of the actual ones",
    ]);
    for (const result of results) {
      expect(result).toMatchObject({
        value: expect.any(Number),
        unit: expect.any(String),
        target: expect.any(String),
        spread: [expect.any(Number), expect.any(Number)],
        ok: null,
        verdict: "not_judged",
      });
      expect(stdout).toContain(result.name);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("every measure of runs gives one result for each target, and each run that waited was claimed once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-bench-test-"));
  try {
    const jsonFile = join(folder, "results.json");
    const { stdout } = await run("runs", "--smoke", "--json", jsonFile);
    const { results, figures } = JSON.parse(await readFile(jsonFile, "utf8"));
    expect(results.map(({ name }: { name: string }) => name)).toEqual([
      "enqueue of 16 runs of 7 users",
      "API at 50 requests/s, p99",
      "delivery of events of 3 runs, p99",
      "delivery of events to 6 watchers, p99",
      "memory of a host with 6 watchers",
      expect.stringMatching(/^runs of \d+ not claimed exactly once$/),
      expect.stringMatching(/^fairness index of the service that \d+ users attained$/),
    ]);
    expect(results.at(-2).value).toBe(0);
    for (const { name, verdict } of results) {
      expect(verdict).toBe("not_judged");
      expect(stdout).toContain(name);
    }
    for (const { name } of figures) expect(stdout).toContain(name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("every measure of the engine runs, with or without TRL", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-bench-test-"));
  try {
    const jsonFile = join(folder, "results.json");
    const { stdout } = await run("engine", "--smoke", "--json", jsonFile);
    const { results, figures } = JSON.parse(await readFile(jsonFile, "utf8"));
    expect(results.map(({ name }: { name: string }) => name)).toEqual([
      "adapters an hour, runs at once, of TRL in fresh processes",
      "adapters an hour, runs at once, of warm TRL",
      "adapters an hour, runs at once, of warm and tuned TRL",
      "adapters an hour, each in its own dtype: runs at once, of TRL in fresh processes",
      "adapters an hour, one run, of warm and tuned TRL",
      "last loss, largest difference between arms in the same dtype",
      "a job of 2 chats beside 1 long ones, of its time alone",
      "first token of a chat beside 2 runs, p95",
      "training lost to chats beside 2 runs",
      "memory that a run adds, of 16 bytes a parameter",
    ]);
    expect(results.at(-1).value).toBeCloseTo(1, 1);
    const verdicts = new Set(results.map(({ verdict }: { verdict: string }) => verdict));
    expect([...verdicts]).toSatisfy((found: string[]) =>
      found.every((verdict) => ["not_judged", "not_measured"].includes(verdict)),
    );
    for (const { name } of [...results, ...figures]) expect(stdout).toContain(name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("what is not understood is refused with the usage", async () => {
  await expect(run("speed")).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("--quick") });
});
