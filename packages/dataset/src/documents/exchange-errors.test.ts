import { expect, test } from "vitest";
import { documentLimits } from "./document-limits.ts";
import { crashed } from "./exchange-errors.ts";
import type { Ending } from "./reader-process.ts";

const errorOf = (ending: Partial<Ending>) =>
  crashed(
    { kind: "pdf", limits: documentLimits },
    { exitCode: null, signal: null, isOutOfMemory: false, ...ending },
    "what it wrote",
  );

test.each<Partial<Ending>>([
  { signal: "SIGKILL", isOutOfMemory: true },
  { signal: "SIGABRT" },
  { signal: "SIGKILL" },
])("a child that ended with %o had no memory left", (ending) => {
  expect(errorOf(ending)).toMatchObject({ code: "document_limit", details: { limit: "memoryBytes" } });
});

test.each<Partial<Ending>>([{ exitCode: 1 }, { exitCode: 0 }, { signal: "SIGSEGV" }])(
  "a child that ended with %o without a verdict crashed, and what it wrote is the cause",
  (ending) => {
    const error = errorOf(ending);
    expect(error).toMatchObject({ code: "inspection_failed", cause: { message: "what it wrote" } });
    expect(error.message).toContain(ending.signal ?? `exit code ${ending.exitCode}`);
  },
);
