import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { inRoot } from "../paths.mjs";
import { startTimeOf } from "../set-up/process-start.mjs";

const runLoggedFile = inRoot("scripts", "set-up", "run-logged.mjs");
/** As npx: a program that waits for one that it started. */
const installer = 'sleep 600 & echo $! > "$0"; wait';
/** As set-up: ends by exit() when it is interrupted. */
const setUp = `
  import { tryLogged } from ${JSON.stringify(runLoggedFile)};
  process.on("SIGINT", () => process.exit(130));
  await tryLogged({ file: "sh", args: ["-c", ${JSON.stringify(installer)}, process.argv[1]] });`;

test("Ctrl-C while a package manager runs ends what that one started too", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom set-up "));
  onTestFinished(() => rm(folder, { recursive: true }));
  const pidFile = join(folder, "pid");
  const child = spawn(process.execPath, ["--input-type=module", "-e", setUp, pidFile]);
  const readPid = async () => Number((await readFile(pidFile, "utf8")).match(/^\d+(?=\n)/)[0]);
  const started = await vi.waitFor(readPid, { timeout: 100_000 });
  expect(await startTimeOf(started)).not.toBeNull();
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([130, null]);
  await vi.waitFor(async () => expect(await startTimeOf(started)).toBeNull(), { timeout: 100_000 });
});
