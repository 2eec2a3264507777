import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { root, setUpLog } from "../paths.mjs";
import { explainFailure } from "./explain-failure.mjs";
import { SetUpError } from "./set-up-error.mjs";

const shownLines = 12;

/** Runs a program; everything it prints goes to the log of set-up. Resolves to its exit code. */
export const tryLogged = ({ file, args, env = {} }) =>
  new Promise((resolve, reject) => {
    mkdirSync(dirname(setUpLog), { recursive: true });
    const log = openSync(setUpLog, "a");
    const child = spawn(file, args, {
      cwd: root,
      // A group of its own, so that its children can be ended with it.
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...process.env, ...env },
    });
    closeSync(log);
    const stop = () => {
      if (child.pid && child.exitCode === null) process.kill(-child.pid, "SIGTERM");
    };
    process.once("exit", stop);
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("exit", stop);
      resolve(code ?? 1);
    });
  });

/**
 * As `tryLogged`, but a failure is an error.
 *
 * @param what what was being done, for the sentence
 * @param registryOf finds the address that it downloads from, to tell a missing network from another fault
 * @throws SetUpError with the log's last lines and one sentence with the remedy
 */
export const runLogged = async ({ what, registryOf, ...command }) => {
  if ((await tryLogged(command)) === 0) return;
  const remedy = await explainFailure({ folder: root, registry: await registryOf?.() });
  throw new SetUpError(`${await lastLines()}\n\n${what} failed. ${remedy} All output: ${setUpLog}`);
};

const lastLines = async () =>
  (await readFile(setUpLog, "utf8")).trimEnd().split("\n").slice(-shownLines).join("\n");
