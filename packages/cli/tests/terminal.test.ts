import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestCli, type TestCli } from "./open-cli.ts";
import { runInTerminal, type Step } from "./run-in-terminal.ts";

const row = '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}\n';

let cli: TestCli;
beforeAll(async () => {
  cli = await openTestCli();
  const rows = Array.from({ length: 20_000 }, (_, at) => row.replace("Hello", String(at).padStart(5, "0")));
  await writeFile(join(cli.folder, "long.jsonl"), rows.join(""));
  await writeFile(join(cli.folder, "short 👩‍👩‍👧 نص.jsonl"), row);
});
afterAll(() => cli?.[Symbol.asyncDispose]());

const show = (args: string[], steps?: Step[]) =>
  runInTerminal(args, { folder: cli.folder, env: cli.env }, steps);

test("draws a bar for each file and one for all, and leaves only the results", async () => {
  const { exitCode, raw, lines } = await show(["upload", "long.jsonl", "short 👩‍👩‍👧 نص.jsonl"]);
  expect(exitCode).toBe(0);
  expect(raw).toMatch(/0 of 2 files.*[━─]/);
  expect(lines.filter(Boolean).toSorted()).toEqual([
    "Uploaded 2 files (1.7 MB).",
    "✓ long.jsonl  1.7 MB, chat-jsonl, 20,000 rows",
    "✓ short 👩‍👩‍👧 نص.jsonl  85 B, chat-jsonl, 1 row",
  ]);
});

test("shows a table with a heading", async () => {
  const { lines } = await show(["ls", "--sort", "size"]);
  expect(lines[0]).toMatch(/^NAME +SIZE +USED +FORMAT +ROWS +TOKENS +FAULTS +WARNINGS +UPDATED$/);
  expect(lines[2]).toMatch(/^long\.jsonl +1\.7 MB +yes +chat-jsonl +20,000 +- +0 +0 +\d{4}-/);
});

test("asks before it deletes; only a yes is one", async () => {
  const declined = await show(["rm", "long.jsonl"], [{ wait: "Delete 'long.jsonl'?", send: "n\r" }]);
  expect(declined).toMatchObject({ exitCode: 1, raw: expect.stringContaining("Nothing was changed.") });
  const interrupted = await show(["rm", "long.jsonl"], [{ wait: "(y/N)", send: "\u0003" }]);
  expect(interrupted.exitCode).toBe(130);
  const agreed = await show(["rm", "long.jsonl"], [{ wait: "(y/N)", send: "y\r" }]);
  expect(agreed).toMatchObject({ exitCode: 0, raw: expect.stringContaining("deleted long.jsonl") });
  await cli.run(["flag", "--all", "--off"]);
  const unflagged = await show(
    ["rm", "--unflagged"],
    [{ wait: "Delete 1 file (85 B) that training leaves out?", send: "yes\r" }],
  );
  expect(unflagged.exitCode).toBe(0);
  expect((await show(["ls"])).raw).toContain("No files.");
});
