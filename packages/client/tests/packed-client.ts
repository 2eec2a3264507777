import { access, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { testServices } from "@loraloom/testkit";
import { packAlone } from "./pack-alone.ts";
import { runCommand } from "./run-command.ts";

const packageFolder = fileURLToPath(new URL("..", import.meta.url));

/** The name and the exact version that the set-up installs everything with. */
export const pnpm: readonly string[] = ["--yes", "pnpm@12.21.0"];

/**
 * The path of this package as it is packed, with publint and attw looking at it. All tests of a run share it:
 * the first that asks packs, which takes as long as writing all declarations of the server does.
 */
export const packedClient = async (): Promise<string> => {
  const tarball = join(testServices().folder, "client.tgz");
  await packAlone(async () => {
    if (!(await exists(tarball))) await pack(tarball);
  });
  return tarball;
};

const pack = async (tarball: string): Promise<void> => {
  await runCommand("npx", [...pnpm, "run", "check:package"], { cwd: packageFolder });
  await copyFile(join(packageFolder, "dist", "client.tgz"), tarball);
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
