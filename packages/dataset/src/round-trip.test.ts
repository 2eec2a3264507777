/** What is written in any format is read back as it was, Unicode and all. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { readRows } from "./read-rows.ts";
import { canonicalRowSchema } from "./rows.ts";
import { collect, inChunks } from "./testing/bytes.ts";
import { writers } from "./testing/written-formats.ts";

/** Joined emoji, right to left, combining marks, separators that are no line ends in JSON, quotes. */
const unusual = fc.constantFrom(
  "👩‍👩‍👧‍👦",
  "🏴‍☠️",
  "שלום",
  "مرحبا\u200f",
  "e\u0301",
  "\u2028",
  "\u0000",
  '"',
  "\\",
  "\r\n",
  ",",
);
const text = fc
  .array(fc.oneof(fc.string({ unit: "grapheme" }), unusual), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(""))
  .filter((joined) => /\S/.test(joined));
const user = fc.record({ role: fc.constant("user" as const), content: text });
const reply = fc.record({ role: fc.constant("assistant" as const), content: text });

const rowsOf = {
  chats: fc
    .tuple(fc.array(user, { maxLength: 2 }), reply)
    .map(([before, last]) => ({ messages: [...before, last] })),
  questions: fc.tuple(user, reply).map((messages) => ({ messages })),
  pairs: fc
    .tuple(user, reply, reply)
    .filter(([, won, lost]) => won.content !== lost.content)
    .map(([question, won, lost]) => ({ messages: [question, won], rejected: [lost], answerFrom: 1 })),
  labels: fc
    .tuple(user, reply, fc.boolean())
    .map(([question, answer, label]) => ({ messages: [question, answer], answerFrom: 1, label })),
  texts: text.map((written) => ({ text: written })),
};

it.each(Object.entries(writers))("reads %s as it was written", async (_format, { rows: kind, write }) => {
  const row: fc.Arbitrary<object> = rowsOf[kind];
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 50 }),
      async (rows, chunk) => {
        const bytes = inChunks(write(rows), chunk);
        const read = await collect(readRows({ name: "f", bytes, skipInvalidRows: false }));
        expect(read.map(({ source: _, ...content }) => content)).toEqual(rows);
        for (const each of read) canonicalRowSchema.parse(each);
      },
    ),
  );
});
