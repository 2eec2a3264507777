import { describeError } from "@loraloom/store";
import pino, { type DestinationStream, type Logger } from "pino";
import type { LogLevel } from "./env.ts";

/** Lines of JSON on stdout. */
export const createLog = (level: LogLevel, destination?: DestinationStream): Logger =>
  pino(
    { level, base: { part: "host" }, serializers: { err: describeError, error: describeError } },
    destination,
  );
