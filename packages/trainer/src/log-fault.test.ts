import { LoraloomError } from "@loraloom/errors";
import { createTestLogger } from "@loraloom/store/testing";
import { expect, test } from "vitest";
import { logFault } from "./log-fault.ts";

const line = { level: "error", message: "the attempt failed", fields: { runId: "one" } } as const;

test("a user's fault is told by its code, without what the user wrote and without a stack", () => {
  const { log, logged } = createTestLogger();
  logFault(log, new LoraloomError("no_usable_rows", "None in 'my diary.jsonl'."), line);
  expect(logged).toEqual([
    { level: "info", message: "the attempt failed", fields: { runId: "one", code: "no_usable_rows" } },
  ]);
});

test("a system's fault keeps its level and its cause", () => {
  const { log, logged } = createTestLogger();
  const error = new LoraloomError("storage_unavailable", "Gone.", { cause: new Error("ECONNREFUSED") });
  logFault(log, error, line);
  expect(logged).toEqual([
    {
      level: "error",
      message: "the attempt failed",
      fields: { runId: "one", code: "storage_unavailable", err: error },
    },
  ]);
});
