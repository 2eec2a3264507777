import { type ErrorCode, isLoraloomError, LoraloomError } from "@loraloom/errors";
import { databaseFailure } from "@loraloom/store";
import type { TRPCError } from "@trpc/server";
import { z } from "zod";
import { inputError } from "./input-error.ts";

/** What the protocol itself refuses, by tRPC's code. */
const protocolCodes: Partial<Record<TRPCError["code"], ErrorCode>> = {
  NOT_FOUND: "procedure_not_found",
  METHOD_NOT_SUPPORTED: "method_not_supported",
  PAYLOAD_TOO_LARGE: "payload_too_large",
  CLIENT_CLOSED_REQUEST: "request_cancelled",
  PARSE_ERROR: "bad_input",
  BAD_REQUEST: "bad_input",
  UNSUPPORTED_MEDIA_TYPE: "bad_input",
};

/** The error of the one table that a failed call is answered with. Its cause is for the log only. */
export const codedError = (error: TRPCError, input?: unknown): LoraloomError => {
  const { cause } = error;
  if (isLoraloomError(cause)) return cause;
  const unavailable = databaseFailure(cause);
  if (unavailable) return unavailable;
  if (error.code === "BAD_REQUEST" && cause instanceof z.core.$ZodError) return inputError(cause, input);
  const code = protocolCodes[error.code];
  if (code) return new LoraloomError(code, `${error.message}.`.replace(/\.\.$/, "."), { cause: error });
  return new LoraloomError("internal", "Something went wrong in the server.", { cause: cause ?? error });
};
