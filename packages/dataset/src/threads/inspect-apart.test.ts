import { readdirSync, readFileSync } from "node:fs";
import { constants, getPriority, platform } from "node:os";
import { expect, it } from "vitest";
import { inspectFile } from "../report.ts";
import { chatLine, inChunks } from "../testing/bytes.ts";
import { inspectApart } from "./inspect-apart.ts";

const megabytes = (line: string) => `${line}\n`.repeat(Math.ceil(3_000_000 / line.length));
const dialog = JSON.stringify({
  dialog: ["Ada", "Bob", "Ada"].map((speaker) => ({ speaker, content: "Hello. ".repeat(50) })),
});

it.each([
  ["a small file", `${chatLine("a", "b")}\n{}\n`, {}],
  ["a large file", `${megabytes(chatLine("ä", "🙂"))}{x\n`, {}],
  ["a large file of dialogs", megabytes(dialog), { speaker: "Bob" }],
  ["a large file that can't be read", "\x89PNG\r\n\x1a\n".padEnd(3_000_000), {}],
])("says of %s what an inspection in this thread says", async (_what, content, options) => {
  const file = () => ({ name: "f", bytes: inChunks(content, 65_536), ...options });
  expect(await inspectApart(file())).toEqual(await inspectFile(file()));
});

it("reads with the limits that it is given, in this thread and in one of its own", async () => {
  const limits = { rowsPerFile: 2, rowBytes: 200 };
  const long = chatLine("a", "b".repeat(200));
  for (const [line, code] of [
    [chatLine("a", "b"), null],
    [long, "too_large"],
  ] as const) {
    for (const content of [`${line}\n`.repeat(3), megabytes(line)]) {
      const { rows, faults } = await inspectApart({ name: "f", bytes: inChunks(content, 65_536), limits });
      expect([rows, faults[0]?.code, faults.at(-1)?.message]).toEqual([
        2,
        "too_large",
        "The file has more than 2 rows.",
      ]);
      expect(faults[0]?.line === 1).toBe(code !== null);
    }
  }
});

it("passes an error of the stream itself through, and ends the stream", async () => {
  const failure = new Error("the connection is gone");
  let isEnded = false;
  const cut = async function* () {
    try {
      yield* inChunks(megabytes(chatLine("a", "b")), 65_536);
      throw failure;
    } finally {
      isEnded = true;
    }
  };
  await expect(inspectApart({ name: "f", bytes: cut() })).rejects.toBe(failure);
  expect(isEnded).toBe(true);
});

it("takes no memory that a piece shares with others", async () => {
  const shared = Buffer.from(megabytes(chatLine("a", "b")));
  const before = Buffer.from(shared);
  const pieces = async function* () {
    for (let at = 0; at < shared.length; at += 65_536) yield shared.subarray(at, at + 65_536);
  };
  await inspectApart({ name: "f", bytes: pieces() });
  expect(shared.equals(before)).toBe(true);
});

it.runIf(platform() === "linux")("gives way to the other threads of its process", async () => {
  const own = getPriority();
  let during: number[] = [];
  const watched = async function* () {
    yield* inChunks(megabytes(chatLine("a", "b")), 65_536);
    during = prioritiesOfThreads();
  };
  await inspectApart({ name: "f", bytes: watched() });
  expect(Math.max(...during)).toBe(Math.max(own, constants.priority.PRIORITY_BELOW_NORMAL));
  expect(getPriority()).toBe(own);
});

/** As `proc_pid_stat(5)` tells them, whose second field may hold anything between its brackets. */
const prioritiesOfThreads = (): number[] =>
  readdirSync("/proc/self/task").map((thread) => {
    const [state = ""] = readFileSync(`/proc/self/task/${thread}/stat`, "utf8").split(") ").slice(-1);
    return Number(state.split(" ")[16]);
  });
