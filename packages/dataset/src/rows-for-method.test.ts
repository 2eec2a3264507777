import { expect, it } from "vitest";
import type { CanonicalRow } from "./rows.ts";
import { rowsForMethod, type TrainingMethod, unusedRowsFault } from "./rows-for-method.ts";

const source = { name: "f", line: 7 };
const user = { role: "user" as const, content: "Who?" };
const reply = (content: string) => ({ role: "assistant" as const, content });
const plain: CanonicalRow = { messages: [user, reply("Ada.")], source };
const text: CanonicalRow = { text: "The log.", source };
const pair: CanonicalRow = {
  messages: [user, reply("Aye."), user, reply("Ada.")],
  rejected: [reply("AI.")],
  answerFrom: 3,
  source,
};
const labelled = (label: boolean): CanonicalRow => ({ ...plain, answerFrom: 1, label });

it("trains SFT on plain rows, texts, winners and good answers; of a judged row on the answer only", () => {
  expect(rowsForMethod(plain, "sft")).toEqual([plain]);
  expect(rowsForMethod(text, "sft")).toEqual([text]);
  expect(rowsForMethod(pair, "sft")).toEqual([
    { messages: [user, { ...reply("Aye."), weight: 0 }, user, reply("Ada.")], source },
  ]);
  expect(rowsForMethod(labelled(true), "sft")).toEqual([plain]);
  expect(rowsForMethod(labelled(false), "sft")).toEqual([]);
});

it.each<TrainingMethod>(["dpo", "orpo"])("trains %s on pairs alone", (method) => {
  expect(rowsForMethod(pair, method)).toEqual([pair]);
  expect([plain, text, labelled(true)].flatMap((row) => rowsForMethod(row, method))).toEqual([]);
});

it("trains KTO on labels and on both sides of a pair", () => {
  expect(rowsForMethod(labelled(false), "kto")).toEqual([labelled(false)]);
  expect(rowsForMethod(pair, "kto")).toEqual([
    { messages: pair.messages, answerFrom: 3, label: true, source },
    { messages: [user, reply("Aye."), user, reply("AI.")], answerFrom: 3, label: false, source },
  ]);
  expect([plain, text].flatMap((row) => rowsForMethod(row, "kto"))).toEqual([]);
});

it("takes for GRPO what is before the last answer as a prompt, and that answer as the reference", () => {
  const aye = { ...reply("Aye."), weight: 0 as const };
  expect(
    rowsForMethod({ messages: [user, reply("Aye."), user, reply("Ada."), user], source }, "grpo"),
  ).toEqual([{ messages: [user, aye, user, reply("Ada.")], source }]);
  expect(rowsForMethod(pair, "grpo")).toEqual([{ messages: [user, aye, user, reply("Ada.")], source }]);
  expect(rowsForMethod(labelled(true), "grpo")).toEqual([plain]);
  const unlearnt: CanonicalRow = { messages: [user, aye], source };
  expect([text, labelled(false), unlearnt].flatMap((row) => rowsForMethod(row, "grpo"))).toEqual([]);
});

it("names the first row that a method has no use for, and says how many there are", () => {
  const unused = { name: "f", line: 7, code: "row_unused_by_method" };
  expect(unusedRowsFault({ first: plain, rows: 1 }, "dpo")).toMatchObject({
    ...unused,
    message: "The method 'dpo' has no use for this row.",
  });
  expect(unusedRowsFault({ first: plain, rows: 61 }, "dpo")).toMatchObject({
    ...unused,
    message: "The method 'dpo' has no use for 61 rows of the file; this is the first.",
  });
});
