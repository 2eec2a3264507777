import { expect, it } from "vitest";
import { sideBySide } from "./columns.ts";

it("wraps each text at words in its own column", () => {
  expect(sideBySide(["one two three", "four"], 8)).toEqual(["one two   │  four", "three     │"]);
});

it("cuts a word that is wider than its column", () => {
  expect(sideBySide(["abcdefgh"], 3)).toEqual(["abc", "def", "gh"]);
});
