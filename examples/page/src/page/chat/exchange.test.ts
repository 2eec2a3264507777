import { expect, test } from "vitest";
import { type Answer, conversationOf } from "./exchange.ts";

const done = (text: string): Answer => ({ text, isDone: true, problem: null });
const open: Answer = { text: "I a", isDone: false, problem: null };

test("each side goes on with its own answers", () => {
  const exchanges = [
    { question: "Who are you?", answers: { base: done("A model."), adapter: done("The keeper.") } },
    { question: "Since when?", answers: { base: open, adapter: open } },
  ];
  expect(conversationOf(exchanges, "adapter")).toEqual([
    { role: "user", content: "Who are you?" },
    { role: "assistant", content: "The keeper." },
    { role: "user", content: "Since when?" },
  ]);
  expect(conversationOf(exchanges, "base")[1]?.content).toBe("A model.");
});

test("a question that a side has no answer to is left out of what it knows", () => {
  const exchanges = [
    { question: "Who are you?", answers: { base: done("A model."), adapter: done("") } },
    { question: "Since when?", answers: { base: open, adapter: open } },
  ];
  expect(conversationOf(exchanges, "adapter")).toEqual([{ role: "user", content: "Since when?" }]);
});
