import type { Logger } from "@loraloom/store";
import type { TRPCError } from "@trpc/server";
import { codedError } from "./coded-error.ts";

type FailedCall = { error: TRPCError; path: string | undefined; requestId: string | undefined; log: Logger };

/**
 * Writes a failed call into the log under its request id: in full where the system is at fault, by its
 * code where the caller is, whose input stays out of the log.
 */
export const logError = ({ error, path, requestId, log }: FailedCall): void => {
  const { code, fault, retryable, cause } = codedError(error);
  const call = { requestId, path, code };
  if (fault === "user") log.info(call, "call refused");
  else if (retryable) log.warn({ ...call, err: cause }, "call failed for now");
  else log.error({ ...call, err: cause ?? error }, "call failed");
};
