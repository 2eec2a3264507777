import { existsSync } from "node:fs";
import { mkdtempDisposable, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { baseEnvironment } from "./base-environment.ts";
import type { Part } from "./part.ts";
import { supervisePart } from "./supervise.ts";

/** Stays as long as its code is not broken. */
const program = `
  const { existsSync, writeFileSync } = require("node:fs");
  if (existsSync("broken")) process.exit(1);
  writeFileSync("ready", "");
  setInterval(() => {}, 1000);`;

const partIn = (folder: string): Part => ({
  name: "worker",
  logFile: join(folder, "worker.log"),
  readyTimeoutMs: 20_000,
  stopSignal: "SIGTERM",
  stopTimeoutMs: 5_000,
  isReady: async () => existsSync(join(folder, "ready")),
  prepare: async () => {
    await rm(join(folder, "ready"), { force: true });
    return { file: process.execPath, args: ["-e", program], cwd: folder, env: baseEnvironment() };
  },
});

test("a part whose code is mended starts at once, not after the pause of its last failure", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "loraloom-supervise-"));
  const lines: string[] = [];
  const report = (line: string) => void lines.push(line);
  const signal = new AbortController().signal;
  const options = { report, onSpawned: () => {}, signal, firstDelayMs: 3_600_000 };
  const part = await supervisePart(partIn(folder.path), options);
  const reported = (text: string) =>
    vi.waitFor(() => expect(lines.join("\n")).toContain(text), { timeout: 100_000, interval: 20 });
  await writeFile(join(folder.path, "broken"), "");
  await part.restart();
  await reported("again in 3600 s");
  await rm(join(folder.path, "broken"));
  await part.restart();
  await reported("is ready again");
  await part.stop();
});
