import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@loraloom/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LargeFile, writeLargeFile } from "../../client/tests/large-file.ts";
import { openTestCli, type TestCli } from "./open-cli.ts";
import { runInTerminal } from "./run-in-terminal.ts";

const cleanup = new AsyncDisposableStack();
let cli: TestCli;
let large: LargeFile;
beforeAll(async () => {
  cli = cleanup.use(await openTestCli());
  large = cleanup.use(await writeLargeFile("large.txt", 65));
});
afterAll(() => cleanup.disposeAsync());

const folder = "media/original/text" as const;

test("a large file goes in parts into any folder, with a bar that moves", async () => {
  const args = ["upload", large.path, "--folder", folder];
  const { exitCode, raw, lines } = await runInTerminal(args, { folder: cli.folder, env: cli.env });
  expect(exitCode).toBe(0);
  expect(new Set(raw.match(/large\.txt.*? \d+ %/g)).size).toBeGreaterThan(2);
  expect(lines).toContain("✓ large.txt  68.2 MB, stored");
});

test("a broken upload is taken up again by its id; one id is for one file", async () => {
  const client = createClient({ url: cli.server.url, apiKey: cli.server.apiKey });
  const { uploadId } = await client.files.createUpload.mutate({
    userId: "ada",
    avatarId: "mia",
    folder,
    name: "resumed.txt",
    size: large.size,
    type: "text/plain",
  });
  const resume = ["--name", "resumed.txt", "--folder", folder, "--resume", uploadId];
  expect(await cli.run(["upload", large.path, ...resume])).toMatchObject({ exitCode: 0 });
  expect(
    await client.files.getUpload.query({ userId: "ada", avatarId: "mia", folder, uploadId }),
  ).toMatchObject({
    state: "completed",
  });
  await writeFile(join(cli.folder, "other.txt"), "other");
  expect(await cli.run(["upload", large.path, "other.txt", "--resume", uploadId])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("--resume is for one file"),
  });
});

test("Ctrl-C in the middle ends the upload with 130, and what has arrived is taken up again", async () => {
  const args = ["upload", large.path, "--name", "interrupted.txt", "--folder", folder];
  const steps = [{ wait: "interrupted.txt", send: "\u0003" }];
  const { exitCode, lines } = await runInTerminal(args, { folder: cli.folder, env: cli.env }, steps);
  expect(exitCode).toBe(130);
  const [, uploadId = ""] = /is kept for a day.*--resume (\w+)/.exec(lines.join(" ")) ?? [];
  expect((await cli.run(["ls", "--folder", folder, "--prefix", "interrupted"])).stdout).toBe("");
  expect(await cli.run([...args, "--resume", uploadId])).toMatchObject({ exitCode: 0 });
});
