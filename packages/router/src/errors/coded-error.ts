import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import { databaseFailure } from "@loraloom/store";
import type { TRPCError } from "@trpc/server";
import { z } from "zod";
import { inputError } from "./input-error.ts";
import { protocolError } from "./protocol-error.ts";

/** What is known of a call that failed. */
export type FailedCall = {
  input?: unknown;
  path?: string | undefined;
  type?: "query" | "mutation" | "subscription" | "unknown";
};

/** The error of the one table that a failed call is answered with. Its cause is for the log only. */
export const codedError = (error: TRPCError, call: FailedCall = {}): LoraloomError => {
  const { cause } = error;
  if (isLoraloomError(cause)) return cause;
  const unavailable = databaseFailure(cause);
  if (unavailable) return unavailable;
  if (error.code === "BAD_REQUEST" && cause instanceof z.core.$ZodError) return inputError(cause, call.input);
  return (
    protocolError(error, call) ??
    new LoraloomError("internal", "Something went wrong in the server.", { cause: cause ?? error })
  );
};
