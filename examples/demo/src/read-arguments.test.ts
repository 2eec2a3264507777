import { expect, it } from "vitest";
import { readArguments } from "./read-arguments.ts";

it("takes a number of runs, or none for the demo of one person", () => {
  expect(readArguments(["--runs", "8", "--json"])).toEqual({ runs: 8, json: true });
  expect(readArguments([])).toEqual({ runs: undefined, json: false });
});

it.each(["0", "1", "9", "2.5", "many", ""])("refuses --runs '%s' and says what it takes", (runs) => {
  expect(() => readArguments(["--runs", runs])).toThrowError("--runs takes 2 to 8");
});
