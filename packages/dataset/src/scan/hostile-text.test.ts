/** Texts made to keep a reader busy: each is read in a time that is in proportion to its size. */
import { expect, it } from "vitest";
import { inspectFile } from "../report.ts";
import { inChunks } from "../testing/bytes.ts";

const mebibyte = 1024 * 1024;
/** In the unit of `cpuUsage`; processor time is the same on a busy machine. */
const second = 1_000_000;
const chat = (content: string): string => JSON.stringify({ messages: [{ role: "assistant", content }] });
const deep = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;

it.each([
  ["comments before no HTML", `${"<!---->".repeat(9_000)}x`],
  ["comments that are never closed", "<!--".repeat(16_000)],
  ["brackets that are no links", `x${"[".repeat(60_000)}`],
  ["a line of quotes", `a,b\n${'"'.repeat(60_001)}`],
  ["empty lists in an object", `{"dialog":[],"x" ${"[] ".repeat(300_000)}`],
  ["lists in each other", deep(400_000)],
  [
    "lists in each other in a tool",
    `{"messages":[{"role":"assistant","content":"x"}],"tools":[${deep(200_000)}]}`,
  ],
  [
    "lists in each other on both sides of a pair",
    `{"chosen":[${deep(200_000)}],"rejected":[${deep(200_000)}]}`,
  ],
  ["the beginnings of tokens", chat("-eyJ".repeat(250_000))],
  ["the beginnings of keys", chat("sk-".repeat(300_000))],
  ["endless digits", chat("1".repeat(mebibyte - 1000))],
  ["a long Python list", `messages\n"${"[1,".repeat(300_000)}"\n`],
  [
    "a dialog of very short turns",
    `{"dialog":[${'{"speaker":"A","content":"x"},{"speaker":"B","content":"y"},'.repeat(10_000)}{"speaker":"A","content":"x"}],"speaker":"A"}`,
  ],
])("%s", async (_what, text) => {
  const before = process.cpuUsage();
  const report = await inspectFile({ name: "f", bytes: inChunks(text, 65_536) });
  expect(process.cpuUsage(before).user).toBeLessThan(20 * second);
  expect(report.rows + report.faultCount).toBeGreaterThan(0);
});
