import type { LoraloomError } from "@loraloom/errors";
import type { Logger } from "@loraloom/store";

export type FaultLine = {
  /** Of a system's fault. */
  level: "warn" | "error";
  message: string;
  /** What it happened to, such as a run's id. */
  fields?: object;
};

/**
 * Logs a failure that somebody was told of. A system's fault is logged with its cause; a user's needs nobody
 * who operates this, and its message may hold what that user wrote: its code is enough.
 */
export const logFault = (log: Logger, error: LoraloomError, { level, message, fields }: FaultLine): void => {
  const { code } = error;
  if (error.fault === "user") log.info({ ...fields, code }, message);
  else log[level]({ ...fields, code, err: error }, message);
};
