import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readArguments } from "./read-arguments.ts";

const demo = readFileSync(new URL("../../../demo/src/demo.ts", import.meta.url), "utf8");

test("the page opens another avatar than the demo's, which trains on all files that it finds", () => {
  const { avatarId } = readArguments([]);
  expect(demo).toContain("avatarId:");
  expect(demo).not.toContain(`avatarId: "${avatarId}"`);
});

test("options say who, which avatar and which port", () => {
  const args = ["--user", "ada", "--avatar", "captain", "--port", "4800"];
  expect(readArguments(args)).toEqual({ userId: "ada", avatarId: "captain", port: 4800 });
});

test("an option that there is not is refused", () => {
  expect(() => readArguments(["--avatr", "captain"])).toThrow("--avatr");
});
