import { describeError } from "@loraloom/store";
import type { LogLevel } from "@loraloom/store/env";
import pino, { type DestinationStream, type Logger } from "pino";

/** Each line by itself would be an eighth of what a short call takes: those of a moment are written together. */
const together = { sync: false, minLength: 4096, periodicFlush: 100 };

/** Lines of JSON on stdout, at most a tenth of a second later; all of them before the process ends. */
export const createLog = (level: LogLevel, destination?: DestinationStream): Logger =>
  pino(
    { level, base: { part: "host" }, serializers: { err: describeError, error: describeError } },
    destination ?? pino.destination(together),
  );
