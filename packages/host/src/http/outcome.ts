import { type ErrorCode, errorEntry, type LoraloomError } from "@loraloom/errors";

/** What became of a request, known for good only when the last byte of its answer is written. */
export type Outcome = {
  /** Of the gravest refusal so far; none: all was answered. */
  readonly code: ErrorCode | undefined;
  /** Until every rate that was reached leaves room again; none: no rate was. */
  readonly retryAfterSeconds: number | undefined;
  refused: (error: LoraloomError) => void;
};

/** A server's fault is graver than a caller's. */
export const createOutcome = (): Outcome => {
  let gravest: ErrorCode | undefined;
  let longest: number | undefined;
  return {
    get code() {
      return gravest;
    },
    get retryAfterSeconds() {
      return longest;
    },
    refused: ({ code, details }) => {
      if (!gravest || errorEntry(code).status > errorEntry(gravest).status) gravest = code;
      const seconds = details?.retryAfterSeconds;
      if (typeof seconds === "number") longest = Math.max(longest ?? 0, seconds);
    },
  };
};
