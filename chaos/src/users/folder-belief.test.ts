import { expect, test } from "vitest";
import { createFolderBelief } from "./folder-belief.ts";

const upload = { kind: "upload", sha256: "a", used: undefined } as const;
const flip = (used: boolean) => ({ kind: "flip", used }) as const;

test("the last answered flip is expected, and of an unanswered one either", () => {
  const belief = createFolderBelief();
  belief.learn("x", upload, "done");
  belief.learn("x", flip(false), "done");
  expect(belief.expected("x")).toEqual([{ sha256: "a", used: false }]);
  belief.learn("x", flip(true), "unknown");
  expect(belief.expected("x")).toEqual([
    { sha256: "a", used: false },
    { sha256: "a", used: true },
  ]);
  belief.learn("x", flip(true), "done");
  expect(belief.expected("x")).toEqual([{ sha256: "a", used: true }]);
});

test("a replaced file keeps its flag, a new one is used", () => {
  const belief = createFolderBelief();
  belief.learn("x", upload, "done");
  belief.learn("x", flip(false), "done");
  belief.learn("x", { ...upload, sha256: "b" }, "done");
  expect(belief.expected("x")).toEqual([{ sha256: "b", used: false }]);
  belief.learn("x", { kind: "delete" }, "done");
  belief.learn("x", upload, "done");
  expect(belief.expected("x")).toEqual([{ sha256: "a", used: true }]);
});

test("an unanswered upload leaves everything open until the next one", () => {
  const belief = createFolderBelief();
  belief.learn("x", upload, "unknown");
  expect(belief.expected("x")).toBeUndefined();
  belief.learn("x", flip(false), "refused");
  expect(belief.expected("x")).toBeUndefined();
  belief.learn("x", { ...upload, used: false }, "done");
  expect(belief.expected("x")).toEqual([{ sha256: "a", used: false }]);
  expect(belief.certain()).toEqual(["x"]);
});

test("an answer that contradicts an earlier one is noted", () => {
  const belief = createFolderBelief();
  belief.learn("x", upload, "done");
  belief.learn("x", flip(true), "refused");
  expect(belief.contradictions).toEqual([expect.stringContaining("'x': flip was refused")]);
  belief.learn("y", flip(true), "done");
  expect(belief.contradictions).toHaveLength(2);
});
