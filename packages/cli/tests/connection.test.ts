import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestCli, startCli, type TestCli } from "./open-cli.ts";

let cli: TestCli;
beforeAll(async () => {
  cli = await openTestCli();
  await writeFile(join(cli.folder, "key"), `${cli.server.apiKey}\n`);
});
afterAll(() => cli?.[Symbol.asyncDispose]());

const start = (args: string[], env: Record<string, string> = {}, folder = cli.folder) =>
  startCli(args, { folder, env });

test("takes the service, the key, the user and the avatar from options as well as from variables", async () => {
  const options = ["--url", cli.server.url, "--key-file", "key", "--user", "ada", "--avatar", "mia"];
  expect(await start(["ls", ...options])).toMatchObject({ exitCode: 0, stderr: "No files." });
  expect(await start([...options, "ls"])).toMatchObject({ exitCode: 0, stderr: "No files." });
  const { LORALOOM_API_KEY: _, ...env } = cli.env;
  const byFile = { ...env, LORALOOM_API_KEY_FILE: join(cli.folder, "key") };
  expect(await start(["ls"], byFile)).toMatchObject({ exitCode: 0, stderr: "No files." });
});

test("an option wins over its variable", async () => {
  const { exitCode, stderr } = await cli.run(["ls", "--avatar", "a/b"]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^error: .*a\/b.* \[bad_avatar_id, request \S+\]\n {2}fix: .+$/);
});

test.each([
  ["no service", {}, "--url"],
  ["no key", { LORALOOM_URL: "http://127.0.0.1:4710" }, "--key-file"],
  ["an address that is none", { LORALOOM_URL: "4710", LORALOOM_API_KEY: "ll_x" }, "fix: Give an address"],
  ["an empty key", { LORALOOM_URL: "http://127.0.0.1:4710", LORALOOM_API_KEY: " " }, "fix: Give a key"],
])("%s is wrong use", async (_, env, hint) => {
  const { exitCode, stderr } = await start(["ls", "--user", "ada", "--avatar", "mia"], env);
  expect({ exitCode, lines: stderr.split("\n").length <= 2 }).toEqual({ exitCode: 2, lines: true });
  expect(stderr).toContain(hint);
});

test("no avatar, and no user for a service key, say what to give", async () => {
  const { LORALOOM_AVATAR: _, ...noAvatar } = cli.env;
  expect(await start(["ls"], noAvatar)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("--avatar"),
  });
  const { LORALOOM_USER: __, ...noUser } = cli.env;
  expect(await start(["ls"], noUser)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("--user or LORALOOM_USER"),
  });
});

test("a service that is not there ends with 3, a key that it doesn't know with 1; only --debug shows a stack", async () => {
  const gone = await cli.run(["ls"], { env: { LORALOOM_URL: "http://127.0.0.1:9" } });
  expect(gone).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(
      /^error: The server at http:..127\.0\.0\.1:9 was not reached: .* \[network\]/,
    ),
  });
  const unknown = await cli.run(["ls"], { env: { LORALOOM_API_KEY: "ll_nobody" } });
  expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("[invalid_key") });
  expect(gone.stderr + unknown.stderr).not.toMatch(/\n {4}at |ll_nobody/);
  const shown = await cli.run(["ls", "--debug"], { env: { LORALOOM_API_KEY: "ll_nobody" } });
  expect(shown.stderr).toMatch(/\n {4}at /);
});

test("uploads end at once when the service would refuse each of them", async () => {
  await writeFile(join(cli.folder, "a.jsonl"), "{}");
  await writeFile(join(cli.folder, "b.jsonl"), "{}");
  const { exitCode, stdout, stderr } = await cli.run(["upload", "a.jsonl", "b.jsonl"], {
    env: { LORALOOM_API_KEY: "ll_nobody" },
  });
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr.match(/invalid_key/g)).toHaveLength(1);
});

test("finds the service that a launcher runs in a folder above, with its first key", async () => {
  const below = await launcherFolder("project", {});
  const { exitCode } = await start(["ls", "--user", "ada", "--avatar", "mia"], {}, below);
  expect(exitCode).toBe(0);
});

test("the first key of a running launcher goes to no other service", async () => {
  const below = await launcherFolder("elsewhere", {});
  const args = ["ls", "--user", "ada", "--avatar", "mia", "--url", "http://127.0.0.1:9"];
  expect(await start(args, {}, below)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("no API key"),
  });
});

test("a launcher's file that others could have written, or of one that is gone, is not believed", async () => {
  const shared = await launcherFolder("shared", { mode: 0o644 });
  const gone = await launcherFolder("gone", { pid: 2 ** 22 + 1 });
  for (const folder of [shared, gone]) {
    expect(await start(["ls", "--user", "ada", "--avatar", "mia"], {}, folder)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("No service"),
    });
  }
});

type Launcher = { mode?: number; pid?: number };

/** What a launcher leaves while it runs. @returns a folder below it */
const launcherFolder = async (name: string, { mode = 0o600, pid = process.pid }: Launcher) => {
  const data = join(cli.folder, name, ".data");
  const below = join(cli.folder, name, "some", "folder");
  await mkdir(data, { recursive: true });
  await mkdir(below, { recursive: true });
  const keyFile = join(data, "first-key");
  await writeFile(keyFile, cli.server.apiKey);
  const runtime = {
    launcher: { pid, startTime: "0" },
    url: cli.server.url,
    keyFile,
    isReady: true,
    parts: [],
  };
  await writeFile(join(data, "runtime.json"), JSON.stringify(runtime));
  await chmod(join(data, "runtime.json"), mode);
  return below;
};
