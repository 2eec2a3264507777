import { isLoraloomError } from "@loraloom/errors";
import fc from "fast-check";
import { expect, it } from "vitest";
import { readRows } from "./read-rows.ts";
import { canonicalRowSchema } from "./rows.ts";
import { chatLine, collect, inChunks } from "./testing/bytes.ts";

const read = (content: string, skipInvalidRows = false) =>
  collect(readRows({ name: "chats.jsonl", bytes: inChunks(content), skipInvalidRows }));

it("gives canonical rows with their source lines", async () => {
  const row = {
    messages: [
      { role: "developer", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "Who " },
          { type: "text", text: "goes?" },
        ],
        name: "Ann",
      },
      { role: "assistant", content: "I.", weight: 0 },
      { role: "assistant", content: "Me." },
    ],
    topic: "greeting",
  };
  expect(await read(`\n${JSON.stringify(row)}\n`)).toEqual([
    {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Who goes?", name: "Ann" },
        { role: "assistant", content: "I.", weight: 0 },
        { role: "assistant", content: "Me." },
      ],
      source: { name: "chats.jsonl", line: 2 },
    },
  ]);
});

it("keeps every text as it is", async () => {
  const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((content) => content.trim() !== "");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1 }), async (chats) => {
      const rows = await read(chats.map(([question, answer]) => chatLine(question, answer)).join("\n"));
      expect(rows.map(({ messages = [] }) => messages.map(({ content }) => content))).toEqual(chats);
      for (const row of rows) canonicalRowSchema.parse(row);
    }),
  );
});

it("refuses a file with bad lines and names the first ones", async () => {
  const failed = read([chatLine("a", "b"), "{", "[]", chatLine("c", "d")].join("\n"));
  const error = await failed.catch((caught: unknown) => caught);
  if (!isLoraloomError(error, "invalid_training_file")) throw new Error("not refused", { cause: error });
  expect(error.message).toMatch(/^'chats.jsonl' can't be trained on: line 2: .* line 3: /);
  expect(error.details?.faults).toMatchObject([
    { line: 2, code: "invalid_json" },
    { line: 3, code: "data_type" },
  ]);
});

it("leaves bad lines out when it is told to", async () => {
  const rows = await read(["{", chatLine("a", "b"), "[]"].join("\n"), true);
  expect(rows.map(({ source }) => source.line)).toEqual([2]);
});
