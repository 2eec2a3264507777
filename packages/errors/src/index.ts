/**
 * The one table of error codes and the one error class of the project.
 *
 * `codes.json` is shared with the Python engine. A message names the value that was wrong;
 * the remedy comes from the table, so that every place says the same.
 */
import codes from "./codes.json" with { type: "json" };

export { byteSize } from "./byte-size.ts";

export type ErrorCode = keyof typeof codes;
export type ErrorEntry = {
  /** HTTP status. */
  status: number;
  /** Whether the same request can succeed later. */
  retryable: boolean;
  /** Whose fault it is: a user's fault ends a run at once, a system's fault is tried again. */
  fault: "user" | "system";
  /** What to do, as one sentence. */
  remedy: string;
};
export type ErrorDetails = Record<string, unknown>;
export type ErrorShape = {
  code: ErrorCode;
  message: string;
  remedy: string;
  retryable: boolean;
  fault: "user" | "system";
  details?: ErrorDetails;
};

/** Survives duplicate copies of this package, where `instanceof` would not. */
const marker = Symbol.for("loraloom.error");

/** The table's entry of a code. */
export const errorEntry = (code: ErrorCode): ErrorEntry => codes[code] as ErrorEntry;

/** Whether a string from elsewhere (an engine, a wire) is a code of the table. */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(codes, code);

export const errorCodes = Object.keys(codes) as ErrorCode[];

/**
 * An error that people can act on.
 *
 * @example
 * throw new LoraloomError("run_not_found", `There is no run '${id}'.`, { details: { runId: id } });
 */
export class LoraloomError extends Error {
  readonly [marker] = true;
  readonly code: ErrorCode;
  readonly details?: ErrorDetails;

  constructor(code: ErrorCode, message: string, options?: { details?: ErrorDetails; cause?: unknown }) {
    super(message, options && "cause" in options ? { cause: options.cause } : undefined);
    this.name = "LoraloomError";
    this.code = code;
    if (options?.details) this.details = options.details;
  }

  get retryable(): boolean {
    return errorEntry(this.code).retryable;
  }

  get fault(): "user" | "system" {
    return errorEntry(this.code).fault;
  }

  get remedy(): string {
    return errorEntry(this.code).remedy;
  }
}

/** Whether a value is an error of ours, optionally of one code. */
export const isLoraloomError = (value: unknown, code?: ErrorCode): value is LoraloomError =>
  value instanceof Error && marker in value && (code === undefined || (value as LoraloomError).code === code);

/** What travels: no stack, no cause. */
export const toErrorShape = (error: LoraloomError): ErrorShape => ({
  code: error.code,
  message: error.message,
  remedy: error.remedy,
  retryable: error.retryable,
  fault: error.fault,
  ...(error.details && { details: error.details }),
});
