import fc from "fast-check";
import { expect, it } from "vitest";
import { parsePythonLiteral } from "./python-literal.ts";

it.each([
  ["[{'role': 'user', 'content': \"What's up?\"}]", [{ role: "user", content: "What's up?" }]],
  ["('a', 1, -2.5e3, True, False, None,)", ["a", 1, -2500, true, false, null]],
  ["'caf\\xe9 \\u00e9 \\U0001F419 \\n \\' \\\\ \\q'", "café é 🐙 \n ' \\ \\q"],
  ["['one' \"two\"]", ["onetwo"]],
  ["{'a': {'b': []}}", { a: { b: [] } }],
  ["{'__proto__': 1}", Object.fromEntries([["__proto__", 1]])],
])("reads %s", (text, value) => {
  expect(parsePythonLiteral(text)).toEqual(value);
});

it.each(["open('x')", "[1", "{'a' 1}", "'open", "[1 2]", "{1: 2}", "f'{x}'", "", "[1] [2]"])(
  "refuses %s, and evaluates nothing",
  (text) => {
    expect(parsePythonLiteral(text)).toBeUndefined();
  },
);

it("refuses lists nested without end", () => {
  expect(parsePythonLiteral("[".repeat(500_000))).toBeUndefined();
});

it("reads JSON's lists and texts too, where Python writes them alike", () => {
  const value = fc.array(fc.record({ role: fc.string(), content: fc.string({ unit: "grapheme" }) }));
  fc.assert(
    fc.property(value, (list) => {
      expect(parsePythonLiteral(JSON.stringify(list))).toEqual(list);
    }),
  );
});
