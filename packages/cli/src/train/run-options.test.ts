import { expect, test } from "vitest";
import { fromOption } from "./run-options.ts";

const parse = (written: string) => fromOption().parseArg?.(written, undefined);

test.each([
  ["current", "current"],
  ["01M7Z27P5BNB714NJN035MKPFP", "01M7Z27P5BNB714NJN035MKPFP"],
  ["mia@current", { avatarId: "mia", version: "current" }],
  ["mia@example.com@current", { avatarId: "mia@example.com", version: "current" }],
])("'%s' names a version to start from", (written, version) => {
  expect(parse(written)).toEqual(version);
});

test.each(["", "mia@"])("'%s' names no version", (written) => {
  expect(() => parse(written)).toThrowError("mia@current");
});
