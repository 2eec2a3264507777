import fc from "fast-check";
import superjson from "superjson";
import { expect, test } from "vitest";
import { writeAnswer } from "./write-answer.ts";

const keys = fc.oneof(fc.string(), fc.constantFrom("a.b", "a\\b", "constructor", "toJSON", "0"));
const usual = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.date({ noInvalidDate: true }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
  ),
})).value;
const unusual = fc.oneof(
  fc.bigInt(),
  fc.date(),
  fc.constantFrom(Number.NaN, -0, Number.POSITIVE_INFINITY),
  fc.constant(new Map([["a", 1]])),
  fc.constant(new Set([1])),
  fc.constant(new Error("one")),
  fc.constant(/one/),
);

const outcomeOf = (write: () => unknown): unknown => {
  try {
    return write();
  } catch (error) {
    return String(error);
  }
};

test("an answer is written as superjson writes it", () => {
  fc.assert(
    fc.property(fc.oneof(usual, unusual, fc.record({ one: usual, other: unusual })), (answer) => {
      expect(outcomeOf(() => writeAnswer(answer))).toEqual(outcomeOf(() => superjson.serialize(answer)));
    }),
    { numRuns: 2_000 },
  );
});

test("what stands in an answer twice is written twice, and read as it was", () => {
  const at = new Date(0);
  const run = { at, tags: ["one"], name: undefined };
  const answer = { first: run, runs: [run, { ...run, at }] };
  const written = JSON.parse(JSON.stringify(writeAnswer(answer)));
  expect(written.meta).toEqual({ values: expect.objectContaining({ "runs.1.at": ["Date"] }), v: 1 });
  expect(superjson.deserialize(written)).toStrictEqual(answer);
});
