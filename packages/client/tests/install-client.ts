import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packedClient } from "./packed-client.ts";
import { runCommand } from "./run-command.ts";

const fixture = fileURLToPath(new URL("fixture-project", import.meta.url));

/** Installs this package, packed, as a user would into a copy of the fixture project outside of the workspace. */
export const installClient = async (): Promise<AsyncDisposable & { folder: string }> => {
  const tarball = await packedClient();
  const folder = await mkdtemp(join(tmpdir(), "loraloom-fixture-"));
  await cp(fixture, folder, { recursive: true });
  await runCommand("npm", ["install", "--no-audit", "--no-fund", tarball], { cwd: folder });
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};
