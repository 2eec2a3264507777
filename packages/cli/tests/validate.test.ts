import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openTestCli, type TestCli } from "./open-cli.ts";

const chat = (asked: string, answered: string): string =>
  `${JSON.stringify({
    messages: [
      { role: "user", content: asked },
      { role: "assistant", content: answered },
    ],
  })}\n`;

let cli: TestCli;
/** An avatar of each test's own. */
let avatars = 0;
beforeAll(async () => {
  cli = await openTestCli();
});
beforeEach(() => {
  avatars += 1;
  cli.env.LORALOOM_AVATAR = `avatar-${avatars}`;
});
afterAll(() => cli?.[Symbol.asyncDispose]());

const upload = async (name: string, content: string, ...options: string[]): Promise<void> => {
  await writeFile(join(cli.folder, name), content);
  await cli.run(["upload", name, ...options]);
};

test("names every fault with its line, path and code, says what the rest is, and ends with 1", async () => {
  await upload("a.jsonl", `${chat("one", "1")}{oops\n${chat("two", "2").replace("assistant", "robot")}`);
  await upload("b.jsonl", chat("one", "1") + chat("mail", "Write to ada@example.org."));
  await upload("held.jsonl", chat("one", "1"), "--evaluation");
  const { exitCode, stdout, stderr } = await cli.run(["validate"]);
  expect(exitCode).toBe(1);
  const lines = stdout.split("\n");
  expect(lines.slice(0, 2)).toEqual([
    expect.stringMatching(/^a\.jsonl:2: The line is not JSON.* \[invalid_json\]$/),
    'a.jsonl:3 messages[1].role: "robot" is not a role. [unrecognized_role]',
  ]);
  expect(lines).toContain(
    "b.jsonl:1: warning: The row is the same as one of an earlier file. [duplicate_row]",
  );
  expect(stdout).toMatch(/^b\.jsonl:2: warning: .*e-mail address.* \[possible_personal_data\]$/m);
  expect(stdout).toMatch(/^b\.jsonl:1: warning: .* \[evaluation_overlap\]$/m);
  expect(lines.slice(-6)).toEqual([
    expect.stringMatching(/^files\t2 \(\d+ B\)$/),
    "rows\t5, 3 usable",
    "examples\t3 by sft",
    expect.stringMatching(/^tokens\tnot known yet: No live worker serves /),
    "repeated rows\t0 within files, 1 across files",
    "held out\t1 example of 1 evaluation file; 2 rows trained on as well",
  ]);
  expect(stderr).toBe("2 faults, 4 warnings.");
});

test("reads the named files or all of them, for a speaker and a method; without faults it ends with 0", async () => {
  const dialog = [
    ["Ben", "Who?"],
    ["Ada", "I."],
  ].map(([speaker, content]) => ({ speaker, content }));
  await upload("talk.json", JSON.stringify({ dialog }));
  await upload("off.jsonl", "{oops\n", "--no-use-for-training");
  const unnamed = await cli.run(["validate"]);
  expect(unnamed).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("'Ben', 'Ada'") });
  const named = await cli.run(["validate", "--speaker", "Ada", "--split", "0.9"]);
  expect(named).toMatchObject({ exitCode: 0, stderr: "No faults, 0 warnings." });
  expect(named.stdout).toContain("speakers\tBen (1 reply), Ada (1 reply)");
  expect(await cli.json(["validate", "talk.json", "--speaker", "Ada", "--method", "dpo"])).toMatchObject({
    method: "dpo",
    examples: 0,
    unusedRows: 1,
    tokens: null,
    unknown: { code: "model_not_loaded" },
  });
  expect((await cli.run(["validate", "--all", "--speaker", "Ada"])).stdout).toContain("off.jsonl:1:");
  expect((await cli.run(["validate", "--all", "talk.json"])).exitCode).toBe(2);
});

test("a file that the method has no use for is named once with the count, and ends with 1", async () => {
  await upload("chats.jsonl", chat("one", "1") + chat("two", "2") + chat("three", "3"));
  const { exitCode, stdout, stderr } = await cli.run(["validate", "--method", "dpo"]);
  expect(exitCode).toBe(1);
  expect(stdout.match(/row_unused_by_method/g)).toHaveLength(1);
  expect(stdout).toContain("has no use for 3 rows of the file");
  expect(stdout).toContain("examples\t0 by dpo; 3 rows of no use to it");
  expect(stderr).toContain("No faults, 1 warning; 'dpo' can learn from no row.\n  fix: ");
});

test("says how many tokens there are, the longest, and what happens to rows that are too long", async () => {
  await upload("a.jsonl", chat("one", "1"));
  await upload("b.jsonl", chat("two", "2"));
  const tokens = { examples: 1, total: 1050, trained: 10, longest: 1050, overLength: 1 };
  await cli.server.store.pool.query("update files set tokens = $1, tokens_base = $2 where avatar_id = $3", [
    tokens,
    "HuggingFaceTB/SmolLM2-135M-Instruct",
    cli.env.LORALOOM_AVATAR,
  ]);
  const { stdout } = await cli.run(["validate"]);
  expect(stdout).toContain("tokens\t2,100, 20 of them learnt; the longest example 1,050\n");
  expect(stdout).toContain("over length\t2 rows longer than 1,024 tokens; such rows are cut there\n");
  expect(await cli.json(["validate", "b.jsonl"])).toMatchObject({
    files: 1,
    tokens: { total: 1050, trained: 10, longest: 1050, overLength: { rows: 1, handling: "truncate" } },
    unknown: null,
  });
});

test("a path of this machine is told from an unknown name, with what to do", async () => {
  await writeFile(join(cli.folder, "fresh one.jsonl"), chat("one", "1"));
  const local = await cli.run(["validate", "fresh one.jsonl"]);
  expect(local.exitCode).toBe(1);
  expect(local.stderr).toMatch(/this machine.*\n.*: loraloom upload 'fresh one\.jsonl'$/);
  const inFolder = await cli.run(["validate", join(cli.folder, "fresh one.jsonl")]);
  expect(inFolder.stderr).toContain("loraloom validate 'fresh one.jsonl'");
  const unknown = await cli.run(["validate", "nobody.jsonl"]);
  expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("[file_not_found") });
});

test("where training uses no file there is nothing to check, which is said", async () => {
  expect(await cli.run(["validate"])).toMatchObject({
    exitCode: 0,
    stdout: "",
    stderr: expect.stringContaining("Training uses no file."),
  });
});
