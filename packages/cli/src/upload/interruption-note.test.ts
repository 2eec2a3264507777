import { expect, test } from "vitest";
import { interruptionNotes } from "./interruption-note.ts";

const broken = ["walk.mp4", "my talk.mp4"].map((name, index) => ({
  local: { path: `./${name}`, source: `./${name}`, name, size: 1 },
  uploadId: `0${index}`,
}));
const keptOfWalk =
  "What has arrived of walk.mp4 is kept for a day. Take it up again, with the same options: loraloom upload ./walk.mp4 --resume 00";
const keptOfTalk =
  "What has arrived of my talk.mp4 is kept for a day. Take it up again, with the same options: loraloom upload './my talk.mp4' --resume 01";

test.each([
  [1, 0, 0, ["Nothing of it is kept. To upload it, run the same command again."]],
  [1, 0, 1, [keptOfWalk]],
  [
    5,
    2,
    0,
    [
      "Stored: 2 of 5 files.",
      "Nothing is kept of the other 3 files. To upload the rest, run the same command again.",
    ],
  ],
  [
    4,
    1,
    2,
    [
      "Stored: 1 of 4 files.",
      keptOfWalk,
      keptOfTalk,
      "Nothing is kept of the other 1 file. To upload the rest, run the same command again.",
    ],
  ],
  [1, 1, 0, ["Stored: 1 file. See: loraloom ls"]],
  [3, 3, 0, ["Stored: 3 files. See: loraloom ls"]],
])("of %d files %d were stored and %d large ones begun before Ctrl-C", (files, stored, begun, notes) =>
  expect(interruptionNotes({ files, stored, broken: broken.slice(0, begun) })).toEqual(notes),
);
