import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot, sharedTinyBase, startFaultProxy } from "@loraloom/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LaunchedService, launchService } from "../../acceptance/tests/launched-service.ts";
import { tenFiles } from "../../acceptance/tests/ten-files.ts";
import { startCli } from "./open-cli.ts";
import { runInTerminal } from "./run-in-terminal.ts";

const cleanup = new AsyncDisposableStack();
let folder: string;
let env: Record<string, string>;
let service: LaunchedService;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loraloom cli "));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const dataDir = join(folder, ".data");
  service = cleanup.use(
    await launchService(dataDir, {
      LORALOOM_BASE_MODEL: "test/tiny",
      LORALOOM_BASE_PATH: await sharedTinyBase(),
      LORALOOM_BASE_DTYPE: "float32",
    }),
  );
  env = { LORALOOM_USER: "ann", LORALOOM_AVATAR: "mia" };
  const chats = Array.from({ length: 12 }, (_, at) =>
    JSON.stringify({
      messages: [
        { role: "user", content: `sea ${at}?` },
        { role: "assistant", content: `Aye, sea ${at}.` },
      ],
    }),
  );
  await writeFile(join(folder, "sea.jsonl"), chats.join("\n"));
});
afterAll(() => cleanup.disposeAsync());

const run = (...args: string[]) => startCli(args, { folder, env });
const json = async (...args: string[]) => JSON.parse((await run(...args, "--json")).stdout);
const quick = ["--set", "epochs=20", "--set", "maxSteps=30", "--set", "learningRate=0.05"];

test("a new user's way, beside the running service and without a word of configuration", async () => {
  expect((await run("upload", "sea.jsonl")).exitCode).toBe(0);

  const trained = await runInTerminal(["train", ...quick, "--split", "0.2"], { folder, env });
  expect(trained.exitCode).toBe(0);
  expect(trained.raw).toMatch(/━.*step \d+ of \d+/);
  expect(trained.lines.join("\n")).toMatch(
    /completed: version \w+ is the current one\nHeld-out loss \S+ before, \S+ after/,
  );

  const { versions } = await json("adapters", "versions");
  const version = versions[0].id;
  expect(versions).toMatchObject([{ id: expect.any(String), state: "current" }]);
  expect((await run("adapters", "versions", "--with", "sea.jsonl")).stdout).toBe(
    `${version}\tversion\tmia\ttrained`,
  );

  const greedy = ["--temperature", "0", "--max-tokens", "16"];
  const answered = await run("chat", ...greedy, "sea 3?");
  expect(answered.exitCode).toBe(0);
  expect((await run("chat", ...greedy, "--base", "sea 3?")).stdout).not.toBe(answered.stdout);
  expect((await run("chat", ...greedy, "--version", version, "sea 3?")).stdout).toBe(answered.stdout);

  // Links end after a quarter of an hour: they are asked for to list the files, and again before each.
  await using proxy = await startFaultProxy({ target: service.runtime.url });
  proxy.setFault({ kind: "slow", delayMs: 0, matches: ({ path }) => path.includes("adapter.download") });
  const apiKey = (await readFile(service.runtime.keyFile, "utf8")).trim();
  const through = { ...env, LORALOOM_URL: proxy.url, LORALOOM_API_KEY: apiKey };
  const downloaded = await startCli(["adapters", "download", "--out", "osk"], { folder, env: through });
  expect(downloaded.exitCode).toBe(0);
  const names = ["adapter_config.json", "adapter_model.safetensors"];
  expect((await readdir(join(folder, "osk"))).sort()).toEqual(names);
  expect(proxy.hits()).toBe(1 + names.length);
  const archive = await run("adapters", "download", version, "--archive");
  expect((await readFile(join(folder, archive.stdout))).subarray(0, 2).toString()).toBe("PK");
});

test("ten files of ten formats and a broken one are uploaded; the broken one is named with its line, the ten train", async () => {
  const corpus = join(repositoryRoot, "packages/dataset/corpus");
  const paths = [
    ...tenFiles.map((name) => join(corpus, "good", name)),
    join(corpus, "bad/invalid-json.jsonl"),
  ];
  const ten = ["--avatar", "ten"];
  const uploaded = await run("upload", ...paths, ...ten);
  expect(uploaded.exitCode).toBe(1);
  expect(uploaded.stdout).toMatch(/^ {2}invalid-json\.jsonl:2: .*\[invalid_json\]$/m);
  for (const name of tenFiles) expect(uploaded.stdout).toContain(`✓ ${name}`);
  const refused = await run("train", ...ten);
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("invalid-json.jsonl") });

  expect((await run("rm", "invalid-json.jsonl", ...ten)).exitCode).toBe(0);
  expect((await run("validate", ...ten)).exitCode).toBe(0);
  expect((await run("train", ...ten)).stdout).toMatch(/completed: version \w+ is the current one/);
  const { inputs }: { inputs: { name: string; role: string }[] } = await json("adapters", "lineage", ...ten);
  expect(inputs.map(({ name, role }) => `${role} ${name}`).sort()).toEqual(
    tenFiles.map((name) => `train ${name}`).sort(),
  );
});

test("before a run there are its tokens, steps, time and memory, and whether it may start", async () => {
  await expect
    .poll(async () => (await run("ls", "sea.jsonl")).stdout)
    .toMatch(/^tokens\t\d+ of test\/tiny, /m);
  expect((await run("validate")).stdout).toMatch(
    /^tokens\t\d+, \d+ of them learnt; the longest example \d+$/m,
  );
  const { exitCode, stdout } = await run("train", "--dry-run", ...quick);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^tokens\t\d+ an epoch/m);
  expect(stdout).toMatch(/^steps\t30 in 20 epochs\ntime\tabout \d.*\nmemory\t.*, which fits: /m);
  expect(stdout).toMatch(/\nThe run may start\.$/);
});

test("a version is backed up, restored into another avatar, traced and rolled back to", async () => {
  const [{ id: version }] = (await json("adapters", "versions")).versions;
  const backup = (await run("adapters", "backup")).stdout;
  expect(await json("adapters", "backups")).toMatchObject({ backups: [{ id: backup, version }] });
  const restored = await run("adapters", "restore", backup, "--from", "mia", "--avatar", "bo");
  expect(restored.exitCode).toBe(0);
  expect((await run("adapters", "lineage", "--avatar", "bo")).stdout.split("\n")).toEqual([
    `version\t${restored.stdout}`,
    expect.stringMatching(/^run\t/),
    `restored from backup\t${backup}`,
    expect.any(String),
    `restored\tfrom ${version} of mia`,
  ]);
  expect((await run("adapters", "info", "--avatar", "bo")).stdout).toContain(
    `current version\t${restored.stdout}`,
  );

  const candidate = await json("train", ...quick, "--candidate");
  expect(candidate).toMatchObject({ status: "completed", config: { publish: "candidate" } });
  expect((await run("adapters", "rollback", candidate.versionId)).stdout).toBe(
    `current version ${candidate.versionId}`,
  );
  expect((await run("adapters", "rollback")).stdout).toBe(`current version ${version}`);

  expect((await run("adapters", "delete-backup", backup, "--yes")).exitCode).toBe(0);
  expect(await json("adapters", "backups")).toEqual({ backups: [] });
});

test("an erased file is gone, and the versions that learned from it are named", async () => {
  const { stdout, stderr, exitCode } = await run("rm", "sea.jsonl", "--erase", "--yes");
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^erased sea\.jsonl\n {2}\w+\tversion\t/);
  expect(stderr).toContain("still hold what it taught");
  expect(await json("ls")).toMatchObject({ files: [] });
});
