import fc from "fast-check";
import { expect, it } from "vitest";
import { hashRow } from "./row-hash.ts";
import { RowHashSet } from "./row-hash-set.ts";
import type { CanonicalRow } from "./rows.ts";

const source = { name: "f", line: 1 };
const said = (...contents: string[]): CanonicalRow => ({
  messages: contents.map((content) => ({ role: "assistant", content })),
  source,
});

it("tells every two different rows apart, and no row from itself elsewhere", () => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\0", "é", "🐙"), maxLength: 20 }), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      expect(JSON.stringify(hashRow(said(...one))) === JSON.stringify(hashRow(said(...other)))).toBe(isSame);
      expect(hashRow({ ...said(...one), source: { name: "g", line: 9 } })).toEqual(hashRow(said(...one)));
    }),
    { numRuns: 1000 },
  );
});

it("depends on each part of a row", () => {
  const [reply] = said("x").messages ?? [];
  if (!reply) throw new Error("no reply");
  const rows: CanonicalRow[] = [
    said("x"),
    said("x", "x"),
    { text: "x", source },
    { messages: [{ ...reply, weight: 0 }], source },
    { messages: [{ ...reply, role: "user" }], source },
    { messages: [{ ...reply, name: "x" }], source },
    { messages: [{ ...reply, tool_call_id: "x" }], source },
    { messages: [reply], rejected: [reply], source },
    { messages: [reply], answerFrom: 0, source },
    { messages: [reply], label: true, source },
    { messages: [reply], label: false, source },
    { messages: [reply], tools: [{ type: "function", function: { name: "x" } }], source },
  ];
  expect(new Set(rows.map((row) => JSON.stringify(hashRow(row)))).size).toBe(rows.length);
});

it("finds every repeated row among very many, in little memory", () => {
  const set = new RowHashSet();
  gc?.();
  const before = process.memoryUsage().arrayBuffers;
  const count = 200_000;
  let isNew = 0;
  for (let at = 0; at < count; at += 1) if (set.add(hashRow(said(`row ${at}`)))) isNew += 1;
  expect(isNew).toBe(count);
  expect(set.size).toBe(count);
  expect(set.add(hashRow(said("row 77")))).toBe(false);
  expect(set.has(hashRow(said("row 199999")))).toBe(true);
  expect(set.has(hashRow(said("row x")))).toBe(false);
  gc?.();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * count);
});
