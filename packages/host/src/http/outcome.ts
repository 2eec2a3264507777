import { type ErrorCode, errorEntry } from "@loraloom/errors";

/** What became of a request, known for good only when the last byte of its answer is written. */
export type Outcome = {
  /** Of the gravest refusal so far; none: all was answered. */
  readonly code: ErrorCode | undefined;
  refused: (code: ErrorCode) => void;
};

/** A server's fault is graver than a caller's. */
export const createOutcome = (): Outcome => {
  let gravest: ErrorCode | undefined;
  return {
    get code() {
      return gravest;
    },
    refused: (code) => {
      if (!gravest || errorEntry(code).status > errorEntry(gravest).status) gravest = code;
    },
  };
};
