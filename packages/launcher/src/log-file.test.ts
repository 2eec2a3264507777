import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { logSize, readLastLines } from "./log-file.ts";

test("of a log what was written since a start is told, and of lines in JSON their words", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-log-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "host.log");
  expect(await logSize(path)).toBe(0);
  await writeFile(path, "of the start before\n");
  const from = await logSize(path);
  const err = { name: "LoraloomError", message: "The port 80 is taken.", stack: "at listen (listen.ts:1)" };
  const told = [
    { level: 60, time: 1, err, remedy: "Take another.", msg: "the host can't go on" },
    { level: 60, time: 2, err, msg: err.message },
  ];
  await appendFile(path, `plain words\n${told.map((line) => `${JSON.stringify(line)}\n`).join("")}{ "cut`);
  const lines = [
    "plain words",
    "the host can't go on: The port 80 is taken. Take another.",
    "The port 80 is taken.",
    '{ "cut',
  ];
  expect((await readLastLines(path, { from, count: 9 })).split("\n")).toEqual(lines);
  expect(await readLastLines(path, { from, count: 1 })).toBe('{ "cut');
});
