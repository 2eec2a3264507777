import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packAlone } from "./pack-alone.ts";
import { runCommand } from "./run-command.ts";

const packageFolder = fileURLToPath(new URL("..", import.meta.url));
const fixture = fileURLToPath(new URL("fixture-project", import.meta.url));

/** The name and the exact version that the set-up installs everything with. */
const pnpm = ["--yes", "pnpm@12.21.0"];

/**
 * Packs this package, with publint and attw looking at the tarball, and installs it as a user would into
 * a copy of the fixture project outside of the workspace.
 */
export const installClient = async (): Promise<AsyncDisposable & { folder: string }> => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-fixture-"));
  await cp(fixture, folder, { recursive: true });
  await packAlone(async () => {
    await runCommand("npx", [...pnpm, "run", "check:package"], { cwd: packageFolder });
    const tarball = join(packageFolder, "dist", "client.tgz");
    await runCommand("npm", ["install", "--no-audit", "--no-fund", tarball], { cwd: folder });
  });
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};
