import { LoraloomError } from "@loraloom/errors";
import { expect, test } from "vitest";
import { explainError } from "./explain-error.ts";

test("a coded error is told with its remedy and code, without a stack", () => {
  const text = explainError(new LoraloomError("part_failed", "The host ended."));
  expect(text).toMatch(/^The host ended\.\n[^\n]+ \(part_failed\)$/);
});

test("another error keeps its stack, and what is no error is told as it is", () => {
  expect(explainError(new TypeError("x is no function"))).toContain("explain-error.test.ts");
  expect(explainError("gone")).toBe("gone");
});
