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
