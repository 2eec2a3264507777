import { spawn } from "node:child_process";
import { constants } from "node:os";
import { node, root } from "./paths.mjs";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Runs a program on Node 24 in our place; resolves to its exit code. */
export const spawnJob = (file, args) => spawnHere(node, [file, ...args]);

/**
 * Runs a program with our terminal and passes each signal on once: it ends in its own way, we wait.
 * Resolves to its exit code, or 128 + the number of the signal that ended it, as shells do.
 */
export const spawnHere = (file, args, env = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
    const forward = (signal) => {
      process.off(signal, forward).on(signal, () => {});
      child.kill(signal);
    };
    for (const signal of forwarded) process.on(signal, forward);
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
