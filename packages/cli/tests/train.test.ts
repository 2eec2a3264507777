import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "@loraloom/client";
import { claimRun, failRun, recordFrozen } from "@loraloom/store/runs";
import { frozenRows } from "@loraloom/store/testing";
import { registerWorker, removeWorker } from "@loraloom/store/workers";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openTestCli, startCli, type TestCli } from "./open-cli.ts";
import { playWorker } from "./play-worker.ts";
import { runInTerminal } from "./run-in-terminal.ts";

const row = '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}\n';
const engineKey = "HuggingFaceTB/SmolLM2-135M-Instruct@main/float32/none";

type Run = Awaited<ReturnType<Client["train"]["get"]["query"]>>;

let cli: TestCli;
/** An avatar of each test's own. */
let avatars = 0;
beforeAll(async () => {
  cli = await openTestCli();
  await writeFile(join(cli.folder, "chats.jsonl"), row);
});
beforeEach(async () => {
  avatars += 1;
  cli.env.LORALOOM_AVATAR = `avatar-${avatars}`;
  await cli.run(["upload", "chats.jsonl"]);
});
afterAll(() => cli?.[Symbol.asyncDispose]());

test("starts a run with the chosen options; the adapter is made where there is none", async () => {
  const options = [
    "--set",
    "learning-rate=1e-4",
    "--set",
    "targetModules=q_proj,v_proj",
    "--set",
    "epochs=2",
  ];
  const run = await cli.json<Run>(["train", "--detach", "--split", "0.5", "--candidate", ...options]);
  expect(run).toMatchObject({
    status: "queued",
    config: {
      publish: "candidate",
      evaluation: { split: 0.5, seed: 0 },
      hyperparameters: { learningRate: 1e-4, targetModules: ["q_proj", "v_proj"], epochs: 2 },
    },
  });
  const second = await cli.run(["train", "--detach", "--name", "again"]);
  expect(second).toMatchObject({ exitCode: 0, stderr: `Watch it: loraloom watch ${second.stdout}` });
  const { stdout, stderr } = await cli.run(["runs"]);
  expect(stderr).toContain(`${run.id}: No live worker has its base model, '${engineKey}'.`);
  expect(stdout.split("\n").map((line) => line.split("\t")[0])).toEqual([second.stdout, run.id]);
  await cli.run(["runs", "cancel", run.id, second.stdout]);
  expect(await cli.json(["runs"])).toMatchObject({
    runs: [{ status: "cancelled" }, { status: "cancelled" }],
  });
});

test("the workers are shown with what they hold, what they can't load, and who waits", async () => {
  const { store } = cli.server;
  const waits = await cli.json<Run>(["train", "--detach"]);
  const refusal = { code: "unknown_base_model", message: "/models/b holds no model.", remedy: "-" };
  await registerWorker(store, {
    ...{ id: "w1", url: "http://127.0.0.1:9", roles: ["train"], slots: 4, state: "switching" },
    ...{ engineKey: "a@main/float32/none", nextEngineKey: engineKey },
    bases: [{ engineKey: "b@main/float32/none", refusal }],
  });
  const { stdout, stderr } = await cli.run(["workers"]);
  expect(stdout).toMatch(`w1\tswitching for ${engineKey}\ta@main/float32/none`);
  expect(stderr).toContain("'b@main/float32/none' can't be loaded: /models/b holds no model.");
  expect(stderr).toMatch(`Waiting for '${engineKey}': 1 run, for `);
  expect((await cli.run(["runs"])).stderr).toContain(`${waits.id}: A worker is loading its base model.`);
  await removeWorker(store, "w1");
  await cli.run(["runs", "cancel", waits.id]);
});

/** A worker freezes the run's rows and gives it up, as on a fault of its user. */
const fail = async (runId: string): Promise<void> => {
  const { store } = cli.server;
  const claim = () => claimRun(store, { workerId: "01", engineKey, leaseSeconds: 60 });
  const run = await vi.waitUntil(claim, { timeout: 100_000, interval: 20 });
  expect(run.id).toBe(runId);
  const fence = { runId, attempt: run.attempt };
  await recordFrozen(store, fence, await frozenRows(store, run));
  const error = { code: "non_finite_loss", message: "It exploded.", remedy: "Lower the rate." };
  await failRun(store, fence, { error, fault: "user" });
};

test("an ended run is trained again, labelled, found by its labels, and deleted", async () => {
  const first = await cli.json<Run>(["train", "--detach", "--name", "First", "--tag", "lr", "night"]);
  await fail(first.id);
  const changes = ["--set", "learningRate=5e-5", "--name", "slower", "--candidate", "--detach"];
  const again = await cli.json<Run>(["train", "--again", first.id, ...changes]);
  expect(again).toMatchObject({
    ...{ rerunOf: first.id, name: "slower", tags: [], status: "queued" },
    config: { publish: "candidate", hyperparameters: { learningRate: 5e-5 } },
  });
  const split = await cli.run(["train", "--again", first.id, "--split", "0.1"]);
  expect(split).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("cannot be used with") });

  const label = (...args: string[]) => cli.run(["runs", "label", ...args]);
  expect((await label(first.id, "--tag", "kept", "two")).stdout).toBe(`${first.id}  First  kept  two`);
  expect((await label(again.id, "--name", "")).stdout).toBe(`${again.id}  without a name`);
  expect((await label(first.id, "--no-tags")).stdout).toBe(`${first.id}  First`);
  expect((await label(first.id, "--tag", "kept")).stdout).toBe(`${first.id}  First  kept`);

  const found = async (...filter: string[]) =>
    (await cli.json<{ runs: Run[] }>(["runs", ...filter])).runs.map(({ id }) => id);
  const all = ["--status", "failed", "queued", "--since", "1d"];
  expect(await found(...all)).toEqual([again.id, first.id]);
  expect(await found(...all, "--tag", "kept", "--name", "FIR")).toEqual([first.id]);
  expect(await found("--status", "queued")).toEqual([again.id]);
  expect(await found("--until", "2020-01-31")).toEqual([]);

  const remove = (...args: string[]) => cli.run(["runs", "delete", ...args]);
  expect(await remove(first.id)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--yes") });
  expect(await remove(again.id, "--yes")).toMatchObject({
    ...{ exitCode: 1, stderr: expect.stringContaining("only a run that has ended") },
  });
  expect(await remove(first.id, "--yes")).toMatchObject({ exitCode: 0, stdout: `deleted ${first.id}` });
  await cli.run(["runs", "cancel", again.id]);
  expect(await found()).toEqual([again.id]);
});

test.each([
  [["--set", "lerning_rate=1"], "did you mean 'learningRate'?"],
  [["--split", "2"], "from 0.001 to 0.9"],
  [["--split", "0.1", "--evaluation", "none"], "cannot be used with"],
  [["--split-seed", "1"], "goes with --split"],
])("%j is wrong use", async (args, hint) => {
  const { exitCode, stderr } = await cli.run(["train", ...args]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(hint) });
});

test("waits for the end with a line every tenth of the way, and says how a run failed", async () => {
  const training = cli.run(["train"]);
  const worker = await playWorker(cli, engineKey);
  for (let step = 1; step <= 20; step += 1) await worker.step();
  await worker.fail();
  const { exitCode, stdout, stderr } = await training;
  expect(exitCode).toBe(1);
  const lines = stdout.split("\n");
  expect(lines.filter((line) => line.startsWith("step "))).toHaveLength(6);
  expect(lines).toContain("step 20 of 40, loss 1.500, 120 tokens/s, 20 s left");
  expect(lines.at(-1)).toBe("failed: The loss is NaN at step 3. [non_finite_loss]");
  expect(stderr).toContain("fix: Lower the rate.");
  const metrics = await cli.run(["runs", "metrics", "--points", "3"]);
  expect(metrics.stdout.split("\n")).toEqual([1, 11, 20].map((step) => `${step}\ttrain\t1.500\t1.0e-4`));
});

test("on a terminal the steps are one bar", async () => {
  const training = runInTerminal(["train"], { folder: cli.folder, env: cli.env });
  const worker = await playWorker(cli, engineKey);
  for (let step = 1; step <= 20; step += 1) await worker.step();
  await worker.fail();
  const { exitCode, raw, lines } = await training;
  expect(exitCode).toBe(1);
  expect(raw).toMatch(/━.* \d+ % {2}step \d+ of 40, loss 1\.500/);
  expect(lines.slice(-3, -1)).toEqual([
    "training: 40 steps",
    "failed: The loss is NaN at step 3. [non_finite_loss]",
  ]);
});

test("watches the newest run, or the named one, as JSON lines", async () => {
  const { id } = await cli.json<Run>(["train", "--detach"]);
  await cli.run(["runs", "cancel", id]);
  const watched = await cli.run(["watch", id, "--json"]);
  expect(watched.exitCode).toBe(1);
  const events = watched.stdout.split("\n").map((line) => JSON.parse(line));
  expect(events.map(({ seq, type }) => [seq, type])).toEqual([
    [1, "run-queued"],
    [2, "run-cancelled"],
  ]);
  expect((await cli.run(["watch"])).stdout).toBe("queued\ncancelled");
  expect(await cli.run(["watch", "01ARZ3NDEKTSV4RRFFQ69G5FAV"])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("loraloom runs"),
  });
});

test("Ctrl-C ends the waiting with 130 and leaves the run alone", async () => {
  const training = startCli(["train"], cli);
  let printed = "";
  training.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  const worker = await playWorker(cli, engineKey);
  await worker.step();
  await expect.poll(() => printed).toContain("step 1 ");
  training.kill("SIGINT");
  const { exitCode, stderr } = await training;
  expect({ exitCode, stderr }).toEqual({
    exitCode: 130,
    stderr: expect.stringContaining("The run goes on."),
  });
  expect(await cli.json(["runs"])).toMatchObject({ runs: [{ status: "training", cancelRequested: false }] });
  await worker.cancelled();
});
