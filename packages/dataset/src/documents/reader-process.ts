import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { confinedFlags } from "./confinement.ts";
import type { DocumentLimits, FileKind } from "./document-limits.ts";
import { watchMemory } from "./memory-watch.ts";

const childMain = fileURLToPath(new URL("./child/main.ts", import.meta.url));
/** Enough of a crash's stack to find its cause. */
const keptComplaints = 4096;

export type Ending = { exitCode: number | null; signal: NodeJS.Signals | null; isOutOfMemory: boolean };

/** A child that reads one file: bytes in, JSON lines out. Disposing of it kills it and removes its folder. */
export type ReaderProcess = AsyncDisposable & {
  stdin: Writable;
  stdout: Readable;
  /** Rejects where the child could not be started. */
  ended: Promise<Ending>;
  /** The end of what it wrote to stderr. */
  complaints: () => string;
};

/**
 * Starts a child that may read this package and its libraries, may write one folder of its own, and nothing else.
 *
 * It stays in the process group of its parent, so that whoever ends what a killed host left behind ends it too;
 * it can start no process itself.
 */
export const startReader = async (kind: FileKind, limits: DocumentLimits): Promise<ReaderProcess> => {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "loraloom-document-"));
  const child = spawn(
    process.execPath,
    [...confinedFlags(folder, limits), childMain, kind, folder, JSON.stringify(limits)],
    { env: {}, cwd: folder, stdio: ["pipe", "pipe", "pipe"] },
  );
  // A child that is gone closes its end: the exchange hears of it by what it reads.
  child.stdin.on("error", () => undefined);
  const outOfMemory = watchChildMemory(child, limits.memoryBytes);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    ended: endingOf(child, outOfMemory),
    complaints: keepComplaints(child.stderr),
    async [Symbol.asyncDispose]() {
      await endChild(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
};

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const watchChildMemory = (child: Child, limitBytes: number): { happened: boolean } => {
  const outOfMemory = { happened: false };
  if (child.pid === undefined) return outOfMemory;
  const watch = watchMemory(child.pid, limitBytes, () => {
    outOfMemory.happened = true;
    child.kill("SIGKILL");
  });
  child.once("exit", () => watch[Symbol.dispose]());
  return outOfMemory;
};

const endingOf = (child: Child, outOfMemory: { happened: boolean }): Promise<Ending> => {
  const ended = Promise.withResolvers<Ending>();
  child.once("error", ended.reject);
  child.once("exit", (exitCode, signal) =>
    ended.resolve({ exitCode, signal, isOutOfMemory: outOfMemory.happened }),
  );
  // Where the child is not waited for to the end, nobody asks how it ended.
  ended.promise.catch(() => undefined);
  return ended.promise;
};

const keepComplaints = (stderr: Readable): (() => string) => {
  let kept = "";
  stderr.setEncoding("utf8").on("data", (text: string) => {
    kept = (kept + text).slice(-keptComplaints);
  });
  return () => kept;
};

const endChild = async (child: Child): Promise<void> => {
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  const isRunning = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  if (!isRunning) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
};
