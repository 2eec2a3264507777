import { expect, it } from "vitest";
import { detectJson } from "./detect-json.ts";

const chat = '{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]}';
const turn = '{"speaker":"Ada","content":"x"}';

it.each([
  ["rows line by line", `${chat}\n${chat}\n`, "lines", "chat-jsonl"],
  ["one row", chat, "lines", "chat-jsonl"],
  ["a broken line before rows", `{"messages":[\n${chat}\n`, "lines", "chat-jsonl"],
  ["a word before rows", `oops\n${chat}\n${chat}`, "lines", "chat-jsonl"],
  ["a row that is longer than the head", chat.slice(0, 50), "lines", "chat-jsonl"],
  ["a long text that is cut off", `{"text":"${"x".repeat(100)}`, "lines", "text-jsonl"],
  ["turns line by line", `${turn}\n${turn}`, "lines", "turn"],
  ["nothing but broken lines", "{x\n{y\n{z", "lines", undefined],
  ["an object over lines", JSON.stringify(JSON.parse(chat), null, 2), "documents", "chat-jsonl"],
  ["a message a line", chat.replace("},{", "},\n{"), "documents", "chat-jsonl"],
  ["a dialog with a turn a line", `{"dialog":[\n${turn},\n${turn}\n]}`, "documents", "dialog"],
  ["such a dialog that is cut off", `{"dialog":[\n${turn},\n${turn},\n{"sp`, "documents", "dialog"],
  ["a long dialog on one line", `{"speaker":"Ada","dialog":[${turn},${turn},{"sp`, "documents", "dialog"],
  ["a list of rows", `[${chat},\n${chat}]`, "list", "chat-jsonl"],
  ["a list that is cut off", `[\n  ${chat},\n  {"mess`, "list", "chat-jsonl"],
  ["a list of turns", `[${turn},${turn}]`, "list", "turn"],
])("%s", (_what, text, layout, format) => {
  const found = detectJson(text);
  expect([found?.layout, found?.first?.format]).toEqual([layout, format]);
});

it.each(["We sailed.", "[12/31/20, 10:00] Ada: hi", "[a link](x.html)", "", "5", "We said {this}."])(
  "takes %s for no JSON",
  (text) => {
    expect(detectJson(text)).toBeUndefined();
  },
);
