import { expect, test } from "vitest";
import { interruptionNote } from "./interruption-note.ts";

test.each([
  [1, 0, "Nothing of it is kept. To upload it, run the same command again."],
  [5, 2, "Stored: 2 of 5 files; nothing is kept of the rest. To upload it, run the same command again."],
  [1, 1, "Stored: 1 file. See: loraloom ls"],
  [3, 3, "Stored: 3 files. See: loraloom ls"],
])("of %d files %d were stored before Ctrl-C", (files, stored, words) =>
  expect(interruptionNote({ files, stored })).toBe(words),
);
