import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openTestCli, type TestCli } from "./open-cli.ts";

const row = (at: number) => `${JSON.stringify({ prompt: `sea ${at}?`, completion: `Aye, sea ${at}.` })}\n`;
const rows = Array.from({ length: 240 }, (_, at) => row(at)).join("");

let cli: TestCli;
/** An avatar of each test's own. */
let avatars = 0;
beforeAll(async () => {
  cli = await openTestCli();
  await writeFile(join(cli.folder, "sea.jsonl"), rows);
  await writeFile(join(cli.folder, "bad.jsonl"), "{oops\n");
});
beforeEach(() => {
  avatars += 1;
  cli.env.LORALOOM_AVATAR = `avatar-${avatars}`;
});
afterAll(() => cli?.[Symbol.asyncDispose]());

test("says what a run would take, as far as it is known without a worker, and starts nothing", async () => {
  await cli.run(["adapters", "create"]);
  await cli.run(["upload", "sea.jsonl"]);
  const { exitCode, stdout } = await cli.run(["train", "--dry-run", "--split", "0.1"]);
  expect(exitCode).toBe(0);
  const lines = stdout.split("\n");
  expect(lines[0]).toBe("base model\tHuggingFaceTB/SmolLM2-135M-Instruct");
  expect(lines[1]).toMatch(/^examples\t2\d\d, [1-9]\d held out$/);
  expect(lines[2]).toMatch(/^not known yet\t.*worker/);
  expect(lines[3]).toBe("recommended\tbatchSize=4 (--recommended takes it)");
  expect(lines[4]).toBe("The run may start.");
  expect(await cli.json(["runs"])).toMatchObject({ runs: [] });
});

test("what is recommended is taken when asked for, and gives way to what is set by hand", async () => {
  await cli.run(["adapters", "create"]);
  await cli.run(["upload", "sea.jsonl"]);
  const recommended = ["train", "--recommended", "--set", "rank=4"];
  expect((await cli.run([...recommended, "--dry-run"])).stdout).not.toContain("recommended\t");
  expect(await cli.json([...recommended, "--detach"])).toMatchObject({
    config: { hyperparameters: { batchSize: 4, rank: 4, epochs: 3 } },
  });
});

test("the speaker, the method and the preset reach the run", async () => {
  await cli.run(["adapters", "create"]);
  const dialog = ["Ben", "Ada"].map((speaker) => ({ speaker, content: `I am ${speaker}.` }));
  await writeFile(join(cli.folder, "talk.json"), JSON.stringify({ dialog }));
  await cli.run(["upload", "talk.json"]);
  const unnamed = await cli.run(["train", "--dry-run"]);
  expect(unnamed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("--speaker NAME") });
  expect(unnamed.stdout).toContain("[speaker_not_found]");
  const options = ["--speaker", "Ada", "--method", "sft", "--preset", "dialog"];
  expect(await cli.json(["train", ...options, "--detach"])).toMatchObject({
    config: { speaker: "Ada", method: "sft", hyperparameters: { rank: 8, dropout: 0.1, epochs: 1 } },
  });
  const alone = ["--speaker", "Ada", "--method", "kto", "--set", "batchSize=1", "--dry-run"];
  const refused = await cli.run(["train", ...alone]);
  expect(refused).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("[bad_option]") });
});

test("a GRPO run is refused without rewards and takes those that are declared; its options are its own", async () => {
  await cli.run(["adapters", "create"]);
  await cli.run(["upload", "sea.jsonl"]);
  const ignored = await cli.run(["train", "--set", "numGenerations=4"]);
  const words = "The option numGenerations, 4, is for 'grpo', not for 'sft': leave it out";
  expect(ignored).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(words) });
  const asked = ["train", "--method", "grpo", "--set", "numGenerations=4"];
  const refused = await cli.run([...asked, "--dry-run"]);
  expect(refused).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("rewards are missing") });
  const bad = await cli.run([...asked, "--set", 'rewards=[{"type": "regex", "pattern": "(?=a)"}]']);
  expect(bad).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("lookaround") });
  const rewards = '[{"type": "regex", "pattern": "^Aye"}, {"type": "length", "max": 20}]';
  expect(await cli.json([...asked, "--set", `rewards=${rewards}`, "--detach"])).toMatchObject({
    config: {
      method: "grpo",
      hyperparameters: {
        numGenerations: 4,
        beta: 0,
        rewards: [
          { type: "regex", pattern: "^Aye", weight: 1 },
          { type: "length", unit: "tokens", max: 20, min: null },
        ],
      },
    },
  });
});

test("before the first training the plan is told on the base that its adapter would be made with", async () => {
  await cli.run(["upload", "sea.jsonl"]);
  const { exitCode, stdout } = await cli.run(["train", "--dry-run"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("base model\tHuggingFaceTB/SmolLM2-135M-Instruct");
  expect(stdout).toContain("The run may start; it makes the avatar's adapter first.");
  expect((await cli.run(["adapters"])).stdout).not.toContain(cli.env.LORALOOM_AVATAR);
});

test("faults refuse a run before the first training as well, and not that there is no adapter yet", async () => {
  await cli.run(["upload", "bad.jsonl", "sea.jsonl"]);
  const { exitCode, stdout } = await cli.run(["train", "--dry-run"]);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^bad\.jsonl:1: .* \[invalid_json\]$/m);
  expect(stdout).toMatch(/^The run would be refused: .*'bad\.jsonl'.* \[invalid_training_file\]$/m);
  expect(stdout).not.toContain("adapter");
});

test("a run that would be refused is refused here, with the faults and what to do; --json has it all", async () => {
  const fresh = await cli.run(["train", "--dry-run"]);
  expect(fresh).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("[no_usable_rows]") });
  await cli.run(["adapters", "create"]);
  await cli.run(["upload", "bad.jsonl", "sea.jsonl"]);
  const { exitCode, stdout, stderr } = await cli.run(["train", "--dry-run"]);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^bad\.jsonl:1: .* \[invalid_json\]$/m);
  expect(stdout).toMatch(/^The run would be refused: .*'bad\.jsonl'.* \[invalid_training_file\]$/m);
  expect(stderr).toContain("loraloom validate");
  expect(await cli.json(["train", "--dry-run", "--skip-invalid-rows"])).toMatchObject({
    allowedToStart: { allowed: true },
    data: { faultCount: 1 },
    examples: 240,
  });
});
