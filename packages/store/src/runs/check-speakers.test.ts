import { expect, test } from "vitest";
import { emptyReport } from "../files/empty-report.ts";
import type { FileReport } from "../tables/files.ts";
import { refuseSpeakers } from "./check-speakers.ts";

type Said = Record<string, number>;

/** Two dialogs; `said` tells in how many of them each speaks. */
const dialogs = (name: string, said: Said, changes: Partial<FileReport> = {}) => ({
  name,
  report: {
    ...emptyReport,
    format: "dialog",
    dialogs: 2,
    speakers: Object.entries(said).map(([who, count]) => ({
      name: who,
      turns: 9,
      replies: 5,
      dialogs: count,
    })),
    ...changes,
  },
});
const chats = {
  name: "chats.jsonl",
  report: { ...emptyReport, format: "chat-jsonl", rows: 2, usableRows: 2 },
};

const refusal = (
  files: Parameters<typeof refuseSpeakers>[0],
  choice: { speaker?: string; skip?: boolean },
) => {
  try {
    refuseSpeakers(files, { speaker: choice.speaker, skipInvalidRows: choice.skip ?? false });
    return undefined;
  } catch (error) {
    return error;
  }
};

test("chats, and dialogs that choose their speaker, need no choice of the run", () => {
  expect(refusal([chats, dialogs("d.json", { Ada: 2, Ben: 2 }, { speaker: "Ada" })], {})).toBeUndefined();
});

test("a dialog that nobody is chosen for is named with its speakers", () => {
  const open = dialogs("open.json", { Ada: 2, Ben: 1 }, { unassignedDialogs: 1 });
  expect(refusal([chats, open], { skip: true })).toMatchObject({
    code: "speaker_not_found",
    message: expect.stringContaining("'open.json' (speakers: Ada, Ben)"),
    remedy: expect.stringContaining("'speaker'"),
    details: { files: [{ name: "open.json", speakers: ["Ada", "Ben"] }] },
  });
  expect(refusal([open], { speaker: "Ben", skip: true })).toBeUndefined();
});

test("a speaker has to be in every dialog, or with skipInvalidRows in one", () => {
  const without = dialogs("without.json", { Cy: 2 });
  const some = dialogs("some.jsonl", { Ada: 1, Cy: 2 });
  const all = dialogs("all.jsonl", { Ada: 2, Cy: 2 });
  expect(refusal([chats, all], { speaker: "Ada" })).toBeUndefined();
  for (const lacking of [without, some])
    expect(refusal([all, lacking], { speaker: "Ada" })).toMatchObject({
      code: "speaker_not_found",
      details: { files: [{ name: lacking.name }] },
    });
  expect(refusal([without, some], { speaker: "Ada", skip: true })).toBeUndefined();
  expect(refusal([without], { speaker: "Ada", skip: true })).toMatchObject({ code: "speaker_not_found" });
});

test("a speaker without any dialog is a slip of the caller", () => {
  expect(refusal([chats], { speaker: "Ada" })).toMatchObject({
    code: "speaker_not_found",
    message: expect.stringContaining("no dialog"),
  });
});

test("of more speakers than a report lists nobody is said to be missing", () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`S${at}`, 2]));
  expect(refusal([dialogs("crowd.json", many)], { speaker: "Ada" })).toBeUndefined();
});
