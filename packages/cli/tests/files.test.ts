import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { putObject } from "@loraloom/store/objects";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openTestCli, type TestCli } from "./open-cli.ts";

const row = '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}\n';
const badRow = row.replace("assistant", "robot");

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

const write = async (name: string, content: string): Promise<void> => {
  await mkdir(join(cli.folder, name, ".."), { recursive: true });
  await writeFile(join(cli.folder, name), content);
};

type Listed = { files: { name: string; useForTraining: boolean | null }[]; nextCursor: string | null };
const namesOf = async (...args: string[]) =>
  (await cli.json<Listed>(["ls", ...args])).files.map(({ name }) => name);

test("uploads files and folders, names the faults of one with their lines, and stores the others", async () => {
  await write("chats.jsonl", row.repeat(20));
  await write("more/broken.jsonl", [row, badRow, row, "{\n"].join(""));
  await write("more/.hidden", row);
  const { exitCode, stdout, stderr } = await cli.run(["upload", "chats.jsonl", "more"]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("✓ chats.jsonl  1.7 kB, chat-jsonl, 20 rows, 19 warnings");
  expect(stdout).toContain("! broken.jsonl  253 B, chat-jsonl, 4 rows, 2 faults, 1 warning");
  expect(stdout).toContain('  broken.jsonl:2 messages[1].role: "robot" is not a role. [unrecognized_role]');
  expect(stdout).toContain("  broken.jsonl:4: The line is not JSON");
  expect(stdout).toContain("  broken.jsonl:3: warning: The row is the same as");
  expect(stdout).toContain("  and 16 more warnings");
  expect(stderr).toContain("Uploaded 2 files (2.0 kB), 1 with faults, 2 with warnings.\n");
  expect(stderr).toContain("loraloom flag NAME --off");
  expect(await namesOf()).toEqual(["broken.jsonl", "chats.jsonl"]);
});

test("without a terminal there is no bar, no cursor movement and no colour unless it is asked for", async () => {
  await write("chats.jsonl", row);
  const upload = (env: Record<string, string>) => cli.run(["upload", "chats.jsonl"], { env });
  const { stdout, stderr } = await upload({});
  expect(stdout + stderr).not.toContain("\u001b");
  expect((await upload({ FORCE_COLOR: "1" })).stdout).toContain("\u001b[32m✓");
  expect((await upload({ FORCE_COLOR: "1", NO_COLOR: "1" })).stdout).not.toContain("\u001b");
  expect((await cli.run(["ls"])).stdout).toMatch(/^chats\.jsonl\t85 B\tyes\tchat-jsonl\t1\t-\t0\t0\t\d{4}-/);
});

test("with --json stdout holds one JSON value, whatever happens", async () => {
  await write("good.jsonl", row);
  await write("broken.jsonl", badRow);
  const uploaded = await cli.run(["upload", "good.jsonl", "broken.jsonl", "--json"]);
  expect(uploaded.exitCode).toBe(1);
  expect(JSON.parse(uploaded.stdout).files).toMatchObject([
    { path: "good.jsonl", file: { name: "good.jsonl", report: { faultCount: 0 } } },
    { path: "broken.jsonl", file: { report: { faults: [{ line: 1, code: "unrecognized_role" }] } } },
  ]);
  const refused = await cli.run(["rm", "nobody.jsonl", "--json"]);
  expect(refused.exitCode).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({
    error: {
      code: "file_not_found",
      requestId: expect.any(String),
      remedy: expect.stringContaining("loraloom ls"),
    },
  });
});

test("uploads what another program writes, under the name that is given", async () => {
  expect(await cli.run(["upload", "-"], { input: row })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("--name"),
  });
  const { exitCode } = await cli.run(["upload", "-", "--name", "piped.jsonl"], { input: row });
  expect(exitCode).toBe(0);
  expect(await namesOf()).toEqual(["piped.jsonl"]);
});

test("refuses two files of one name before anything is uploaded", async () => {
  await write("one/chats.jsonl", row);
  await write("two/chats.jsonl", row);
  const { exitCode, stderr } = await cli.run(["upload", "one", "two"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("'one/chats.jsonl' and 'two/chats.jsonl' would both be stored as 'chats.jsonl'");
  expect(await namesOf()).toEqual([]);
});

test("a replaced file keeps its flag unless the upload says otherwise", async () => {
  await write("chats.jsonl", row);
  const flagAfter = async (...args: string[]) => {
    await cli.run(["upload", "chats.jsonl", ...args]);
    return (await cli.json<Listed>(["ls"])).files[0]?.useForTraining;
  };
  expect(await flagAfter("--no-use-for-training")).toBe(false);
  expect(await flagAfter()).toBe(false);
  expect(await flagAfter("--use-for-training")).toBe(true);
});

test("evaluation files are a list of their own, without flags", async () => {
  await write("held-out.jsonl", row);
  await cli.run(["upload", "held-out.jsonl", "--evaluation"]);
  expect(await namesOf()).toEqual([]);
  expect((await cli.json<Listed>(["ls", "--evaluation"])).files).toMatchObject([
    { name: "held-out.jsonl", useForTraining: null },
  ]);
  expect((await cli.run(["rm", "held-out.jsonl", "--evaluation"])).stdout).toBe("deleted held-out.jsonl");
  expect(await namesOf("--evaluation")).toEqual([]);
});

test("lists by filter, prefix and order, page by page or all at once", async () => {
  for (const name of ["a1", "a2", "b1", "b2"])
    await write(`files/${name}.jsonl`, row.repeat(Number(name[1])));
  await cli.run(["upload", "files"]);
  await cli.run(["flag", "a1.jsonl", "b1.jsonl", "--off"]);
  expect(await namesOf("--used")).toEqual(["a2.jsonl", "b2.jsonl"]);
  expect(await namesOf("--unused", "--prefix", "b")).toEqual(["b1.jsonl"]);
  expect(await namesOf("--sort", "size", "--desc")).toEqual(["b2.jsonl", "a2.jsonl", "b1.jsonl", "a1.jsonl"]);
  const first = await cli.json<Listed>(["ls", "--limit", "3"]);
  expect(first.files).toHaveLength(3);
  expect(await namesOf("--limit", "3", "--cursor", first.nextCursor ?? "")).toEqual(["b2.jsonl"]);
  expect(await namesOf("--all")).toHaveLength(4);
});

test("flags named files, or every file", async () => {
  for (const name of ["a", "b"]) await write(`files/${name}.jsonl`, row);
  await cli.run(["upload", "files/a.jsonl", "files/b.jsonl"]);
  expect(await cli.run(["flag", "a.jsonl", "b.jsonl", "--off"])).toMatchObject({
    exitCode: 0,
    stdout: "a.jsonl off\nb.jsonl off",
  });
  expect(await cli.json(["flag", "a.jsonl", "--on"])).toEqual({ changed: 1, names: ["a.jsonl"] });
  expect(await cli.json(["flag", "--all", "--on"])).toEqual({ changed: 1, names: ["b.jsonl"] });
  expect((await cli.run(["flag", "a.jsonl"])).exitCode).toBe(2);
  expect((await cli.run(["flag", "--off"])).exitCode).toBe(2);
  expect((await cli.run(["flag", "nobody", "--off"])).exitCode).toBe(1);
});

test("deletes what training leaves out only when told so twice", async () => {
  for (const name of ["kept", "left"]) await write(`files/${name}.jsonl`, row);
  await cli.run(["upload", "files/kept.jsonl", "files/left.jsonl"]);
  await cli.run(["flag", "left.jsonl", "--off"]);
  expect((await cli.run(["rm", "--unflagged", "--dry-run"])).stdout).toBe("would delete left.jsonl");
  expect((await cli.run(["rm", "--unflagged"])).exitCode).toBe(2);
  expect(await namesOf()).toEqual(["kept.jsonl", "left.jsonl"]);
  expect((await cli.run(["rm", "--unflagged", "--yes"])).stdout).toBe("deleted left.jsonl");
  expect(await namesOf()).toEqual(["kept.jsonl"]);
});

test("takes over what other tools put into any folder, of the avatar or of the user", async () => {
  const avatar = `users/ada/avatars/${cli.env.LORALOOM_AVATAR}`;
  await putByAnotherTool(`${avatar}/adapters/training_data/copied.jsonl`);
  expect(await cli.run(["sync"])).toMatchObject({
    exitCode: 0,
    stdout: "adopted copied.jsonl",
    stderr: "1 adopted, 0 changed, 0 missing, 0 skipped.",
  });
  expect(await namesOf()).toEqual(["copied.jsonl"]);

  const pictures = ["--folder", "image"];
  await putByAnotherTool("users/ada/image/me.png");
  await cli.run(["sync", ...pictures]);
  expect(await namesOf(...pictures)).toEqual(["me.png"]);
  expect((await cli.run(["rm", "me.png", ...pictures])).stdout).toBe("deleted me.png");

  const documents = ["--folder", "vectorstore_data"];
  await putByAnotherTool(`${avatar}/vectorstore_data/a.txt`);
  await cli.run(["sync", ...documents]);
  expect(await cli.json(["flag", "a.txt", "--off", ...documents])).toMatchObject({ changed: 1 });
  expect(await namesOf("--unused", ...documents)).toEqual(["a.txt"]);
  expect((await cli.run(["ls", "--folder", "media/nothing"])).exitCode).toBe(1);
});

const putByAnotherTool = (key: string) => putObject(cli.server.store.objects, { key, body: row });
