import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtempDisposable, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { workerLog } from "./worker-log.ts";

/** Of a process that was there and is no more. */
const endedPid = async (): Promise<number> => {
  const child = spawn(process.execPath, ["--version"]);
  await once(child, "exit");
  return child.pid ?? 0;
};

const makeLogs = async (names: string[]) => {
  const folder = await mkdtempDisposable(join(tmpdir(), "loraloom-logs-"));
  const logs = join(folder.path, "logs");
  await mkdir(logs);
  for (const name of names) await writeFile(join(logs, name), `of ${name}\n`);
  return { dataDir: folder.path, logs, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
};

test("one more worker goes on with the log of one that has ended, and leaves that of one that runs", async () => {
  const ended = `worker-${await endedPid()}.log`;
  const running = `worker-${process.ppid}.log`;
  await using made = await makeLogs([ended, running, "worker.log", "host.log"]);
  const path = await workerLog(made.dataDir);
  expect(path).toBe(join(made.logs, `worker-${process.pid}.log`));
  expect(await readFile(path, "utf8")).toBe(`of ${ended}\n`);
  expect((await readdir(made.logs)).sort()).toEqual(
    ["host.log", running, `worker-${process.pid}.log`, "worker.log"].sort(),
  );
});

test("without one the log is new, also where there are no logs yet", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "loraloom-logs-"));
  const path = await workerLog(folder.path);
  expect(path).toBe(join(folder.path, "logs", `worker-${process.pid}.log`));
});
