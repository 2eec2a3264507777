import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestCli, type TestCli } from "./open-cli.ts";

const row = '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}\n';

let cli: TestCli;
beforeAll(async () => {
  cli = await openTestCli();
});
afterAll(() => cli?.[Symbol.asyncDispose]());

const upload = async (name: string, content: string) => {
  await writeFile(join(cli.folder, name), content);
  return cli.run(["upload", name]);
};

test("files by their names are shown with all that is known of them", async () => {
  await upload("chats.jsonl", `${row}${row}{oops\n`);
  const { exitCode, stdout } = await cli.run(["ls", "chats.jsonl"]);
  expect(exitCode).toBe(0);
  const lines = stdout.split("\n");
  for (const line of [
    "name\tchats.jsonl",
    "used for training\tyes",
    "format\tchat-jsonl",
    "rows\t3, 2 usable (2 conversations)",
    "tokens\tnot counted yet",
    "repeated rows\t1",
    "faults\t1",
  ]) {
    expect(lines).toContain(line);
  }
  expect(lines.slice(-2)).toEqual([
    expect.stringMatching(/^chats\.jsonl:3: .* \[invalid_json\]$/),
    expect.stringMatching(/^chats\.jsonl:2: warning: .* \[duplicate_row\]$/),
  ]);
  expect(await cli.json(["ls", "chats.jsonl"])).toMatchObject({
    files: [{ name: "chats.jsonl", report: { faultCount: 1 } }],
    nextCursor: null,
  });
  expect((await cli.run(["ls", "chats.jsonl", "--used"])).exitCode).toBe(2);
  expect((await cli.run(["ls", "nobody.jsonl"])).exitCode).toBe(1);
});

test("a dialog that waits for a speaker says so from its upload on", async () => {
  const dialog = ["Ben", "Ada"].map((speaker) => ({ speaker, content: `I am ${speaker}.` }));
  const uploaded = await upload("talk.json", JSON.stringify({ dialog }));
  expect(uploaded).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("train it with --speaker (Ben, Ada)"),
  });
  const { stdout } = await cli.run(["ls", "talk.json"]);
  expect(stdout).toContain("dialogs\t1; 1 to be trained with --speaker");
  expect(stdout).toMatch(/^speakers\t.*Ada \(1 reply\)/m);
});

test("tokens that a worker has counted stand in lists and details", async () => {
  await upload("counted.jsonl", row);
  const tokens = { examples: 1, total: 1234, trained: 12, longest: 1234, overLength: 1 };
  await cli.server.store.pool.query(
    "update files set tokens = $1, tokens_base = 'tiny' where name = 'counted.jsonl'",
    [tokens],
  );
  expect((await cli.run(["ls", "--prefix", "counted"])).stdout).toContain("\t1\t1,234\t0\t0\t");
  expect((await cli.run(["ls", "counted.jsonl"])).stdout).toContain(
    "tokens\t1,234 of tiny, 12 learnt; the longest example 1,234, 1 row over the usual length",
  );
});
