import { byteSize, LoraloomError } from "@loraloom/errors";
import { type DocumentLimit, type DocumentLimits, type FileKind, kindNames } from "./document-limits.ts";
import type { Failure } from "./reader-messages.ts";
import type { Ending } from "./reader-process.ts";

type Subject = { kind: FileKind; limits: DocumentLimits };
/** The limits that the parent holds a child to. */
type ParentLimit = Extract<DocumentLimit, "fileBytes" | "memoryBytes" | "milliseconds" | "outputBytes">;

const phrases: Record<ParentLimit, (value: number) => string> = {
  fileBytes: (value) => `has more than ${byteSize(value)}`,
  memoryBytes: (value) => `needs more than ${byteSize(value)} of memory to be read`,
  milliseconds: (value) => `takes longer than ${value / 1000} s to be read`,
  outputBytes: (value) => `holds more than ${byteSize(value)} of text`,
};

export const exceeded = (subject: Subject, limit: ParentLimit, cause?: unknown): LoraloomError => {
  const value = subject.limits[limit];
  return new LoraloomError("document_limit", `The ${kindNames[subject.kind]} ${phrases[limit](value)}.`, {
    details: { limit, value },
    ...(cause !== undefined && { cause }),
  });
};

/** The error for what a child found wrong with its file. */
export const failed = (failure: Failure): LoraloomError =>
  new LoraloomError(
    failure.code,
    failure.message,
    failure.limit ? { details: { limit: failure.limit } } : {},
  );

/** The error for a child that ended without a verdict. */
export const crashed = (subject: Subject, ending: Ending, complaints: string): LoraloomError => {
  const cause = new Error(complaints);
  if (isOutOfMemory(ending)) return exceeded(subject, "memoryBytes", cause);
  const { exitCode, signal } = ending;
  return new LoraloomError(
    "inspection_failed",
    `The reader of the ${kindNames[subject.kind]} ended with ${signal ?? `exit code ${exitCode}`}.`,
    { cause, details: { exitCode, signal } },
  );
};

/** V8 aborts where its heap is full; the kernel kills where the machine's memory, or a container's, is. */
const isOutOfMemory = (ending: Ending): boolean =>
  ending.isOutOfMemory || ending.signal === "SIGABRT" || ending.signal === "SIGKILL";
