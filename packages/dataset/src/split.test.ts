import fc from "fast-check";
import { expect, it } from "vitest";
import type { CanonicalRow } from "./rows.ts";
import { assignSplit } from "./split.ts";

const row = (content: string, line = 1): CanonicalRow => ({
  messages: [{ role: "assistant", content }],
  source: { name: "f", line },
});
const rows = Array.from({ length: 2000 }, (_, at) => row(`reply ${at}`, at + 1));
const heldOut = (share: number, seed: number) =>
  rows.filter((each) => assignSplit(each, { share, seed }) === "evaluation");

it("depends on the content alone", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), fc.nat(), (content, seed, line) => {
      const options = { share: 0.5, seed };
      expect(assignSplit(row(content, line + 1), options)).toBe(assignSplit(row(content, 1), options));
    }),
  );
});

it("holds out about the share that was asked for, others under another seed", () => {
  expect(heldOut(0.1, 1).length).toBeGreaterThan(140);
  expect(heldOut(0.1, 1).length).toBeLessThan(260);
  expect(heldOut(0.1, 2)).not.toEqual(heldOut(0.1, 1));
});

it("only adds rows to the evaluation side when the share grows", () => {
  const larger = new Set(heldOut(0.3, 1));
  expect(heldOut(0.1, 1).every((each) => larger.has(each))).toBe(true);
  expect(heldOut(0, 1)).toEqual([]);
  expect(heldOut(1, 1)).toEqual(rows);
});
