import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packedClient, pnpm } from "../../client/tests/packed-client.ts";
import { runCommand } from "../../client/tests/run-command.ts";
import { startLiveServer } from "../../client/tests/start-live-server.ts";

const packages = fileURLToPath(new URL("../..", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loraloom-installed-"));
  const client = await packedClient();
  await runCommand("npx", [...pnpm, "run", "check:package"], { cwd: join(packages, "cli") });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true }));
  const tarballs = [client, join(packages, "cli/dist/loraloom.tgz")];
  await runCommand("npm", ["install", "--no-audit", "--no-fund", ...tarballs], { cwd: folder });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the installed program prints its help and talks with a service", async () => {
  const run = (args: string[], env = {}) => runCommand("npx", ["loraloom", ...args], { cwd: folder, env });
  expect(await run(["--help"])).toContain("Usage: loraloom");
  expect(await run(["--version"])).toBe("0.1.0\n");
  await using server = await startLiveServer();
  await writeFile(join(folder, "chats.jsonl"), '{"messages":[{"role":"assistant","content":"Hello"}]}\n');
  const env = { LORALOOM_URL: server.url, LORALOOM_API_KEY: server.apiKey };
  const uploaded = await run(["upload", "chats.jsonl", "--user", "ada", "--avatar", "mia"], env);
  expect(uploaded).toBe("✓ chats.jsonl  54 B, chat-jsonl, 1 row\n");
});
