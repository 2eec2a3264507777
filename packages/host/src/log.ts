import pino, { type DestinationStream, type Logger } from "pino";
import type { LogLevel } from "./env.ts";

/** What a line tells of an error. Not its other fields: those of a driver can hold a whole request. */
type LoggedError = { name: string; code?: string; message: string; stack?: string; cause?: LoggedError };

/** Lines of JSON on stdout. */
export const createLog = (level: LogLevel, destination?: DestinationStream): Logger =>
  pino(
    { level, base: { part: "host" }, serializers: { err: describeError, error: describeError } },
    destination,
  );

const describeError = (error: unknown): LoggedError | unknown => {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  return {
    name,
    ...("code" in error && { code: String(error.code) }),
    message,
    ...(stack && { stack }),
    ...(cause !== undefined && { cause: describeError(cause) }),
  };
};
