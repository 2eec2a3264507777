import { expect, it } from "vitest";
import { looksLikeSpeakerLines, parseSpeakerLine } from "./speaker-lines.ts";

it.each([
  ["Ada: Ahoy: who goes?", "Ada", "Ahoy: who goes?"],
  ["Zoe\u0308 B.: hi", "Zo\u00eb B.", "hi"],
  ["[12/31/20, 10:00:00 AM] Ben: hi", "Ben", "hi"],
  ["\u200e[31.12.20, 10:00:00] Ben: hi", "Ben", "hi"],
  ["31/12/2020, 22:05 - Ben: hi", "Ben", "hi"],
  ["Ada:", "Ada", ""],
])("%s is a turn", (line, speaker, content) => {
  expect(parseSpeakerLine(line)).toEqual({ speaker, content });
});

it.each(["We sailed.", "https://example.org", "12:30", `${"long ".repeat(20)}: x`, ": x", ""])(
  "%s begins no turn",
  (line) => {
    expect(parseSpeakerLine(line)).toBeUndefined();
  },
);

it("takes a text for a conversation only where two speak twice in nearly all of it", () => {
  const talk = "Ada: a\nBen: b\nAda: c\nBen: d\n";
  expect(looksLikeSpeakerLines(talk)).toBe(true);
  expect(looksLikeSpeakerLines("Ada: a\nmore of it\n\nBen: b\n\nAda: c\n\nBen: d\nmore\n")).toBe(true);
  expect(looksLikeSpeakerLines("Ada: a\nBen: b\n")).toBe(false);
  expect(looksLikeSpeakerLines("Note: a\nNote: b\nNote: c\n")).toBe(false);
  expect(looksLikeSpeakerLines(`${talk}\n${"We sailed on.\n\n".repeat(5)}`)).toBe(false);
});
