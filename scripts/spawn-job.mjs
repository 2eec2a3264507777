import { spawn } from "node:child_process";
import { constants } from "node:os";
import { node, root } from "./paths.mjs";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"];
const parentPollMs = 250;

/** Runs a program on Node 24 in our place; resolves to its exit code. */
export const spawnJob = (file, args) => spawnHere(node, [file, ...args]);

/**
 * Runs a program with our terminal and passes each signal on once: it ends in its own way, we wait.
 * Resolves to its exit code, or 128 + the number of the signal that ended it, as shells do.
 */
export const spawnHere = (file, args, { env = {}, stdio = "inherit" } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, stdio, env: { ...process.env, ...env } });
    const forward = (signal) => {
      process.off(signal, forward).on(signal, () => {});
      child.kill(signal);
    };
    for (const signal of forwarded) process.on(signal, forward);
    const watching = watchParent(() => child.kill("SIGTERM"));
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      clearInterval(watching);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });

/**
 * npm passes a signal on to the shell that it started us in, and a shell that doesn't replace itself by its
 * command (dash) ends without a word to us: that our parent is gone is all that we ever see of the signal.
 */
const watchParent = (onEnd) => {
  if (!process.env.npm_lifecycle_event) return undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onEnd();
  }, parentPollMs);
  return timer;
};
