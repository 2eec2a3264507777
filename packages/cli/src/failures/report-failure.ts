import { isLoraloomError } from "@loraloom/client";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { printable } from "../screen/printable.ts";
import type { Screen } from "../screen/screen.ts";
import { CliError } from "./cli-error.ts";
import { remedyOf } from "./remedies.ts";

export type FailureOptions = { debug: boolean };

/** Says what went wrong and what to do, in two lines and without a stack. @returns what to exit with */
export const reportFailure = (error: unknown, screen: Screen, { debug }: FailureOptions): ExitCode => {
  const failure = describeFailure(error);
  const { red, dim } = screen.noteColors;
  screen.note(`${red("error:")} ${printable(failure.message)}${dim(referenceOf(error))}`);
  if (failure.remedy) screen.note(fixLine(failure.remedy, screen));
  if (debug && error instanceof Error) screen.note(dim(stackOf(error)));
  screen.json({ error: failure });
  return exitCodeOf(error);
};

/** `  fix: what to do` */
export const fixLine = (remedy: string, screen: Screen): string =>
  `  ${screen.noteColors.bold("fix:")} ${printable(remedy)}`;

export type Failure = {
  code: string;
  message: string;
  remedy?: string;
  requestId?: string;
  details?: Record<string, unknown>;
};

/** A failure as `--json` gives it. */
export const describeFailure = (error: unknown): Failure => {
  const message = error instanceof Error ? error.message : String(error);
  if (isLoraloomError(error)) {
    const { code, requestId, details } = error;
    return {
      code,
      message,
      remedy: remedyOf(error),
      ...(requestId && { requestId }),
      ...(details && { details }),
    };
  }
  if (error instanceof CliError) {
    return { code: error.code, message, ...(error.remedy && { remedy: error.remedy }) };
  }
  if (isErrno(error)) return { code: error.code, message };
  return {
    code: "unexpected",
    message,
    remedy: "Run the command again with --debug to see where it failed.",
  };
};

/** What the process ends with after a failure. */
export const exitCodeOf = (error: unknown): ExitCode => {
  if (error instanceof CliError) return error.exitCode;
  if (isLoraloomError(error)) {
    if (error.code === "not_loraloom") return exitCodes.usage;
    return error.retryable || error.code === "internal" ? exitCodes.unavailable : exitCodes.refused;
  }
  return isErrno(error) ? exitCodes.refused : exitCodes.unavailable;
};

/** The code, as docs/errors.md lists it, and the request that finds it in the server's log. */
const referenceOf = (error: unknown): string => {
  if (!isLoraloomError(error)) return "";
  return error.requestId === undefined ? ` [${error.code}]` : ` [${error.code}, request ${error.requestId}]`;
};

/** What the operating system refused: a folder that is not there, a full disk. */
const isErrno = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";

const stackOf = (error: Error): string =>
  [error.stack ?? error.message, error.cause instanceof Error && `caused by ${stackOf(error.cause)}`]
    .filter(Boolean)
    .join("\n");
