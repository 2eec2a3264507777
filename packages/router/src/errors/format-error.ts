import { errorEntry, toErrorShape } from "@loraloom/errors";
import type { TRPC_ERROR_CODE_KEY, TRPCDefaultErrorShape, TRPCError } from "@trpc/server";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import type { Context } from "../context.ts";
import type { ApiErrorShape } from "./api-error.ts";
import { codedError, type FailedCall } from "./coded-error.ts";
import { requestOf } from "./request-of-error.ts";

type Failure = FailedCall & {
  shape: TRPCDefaultErrorShape;
  error: TRPCError;
  ctx: Context | undefined;
};

/** What tRPC calls the statuses of the table; a client comes back by itself for 5xx only. */
const protocolKeys: Record<number, TRPC_ERROR_CODE_KEY> = {
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "METHOD_NOT_SUPPORTED",
  409: "CONFLICT",
  413: "PAYLOAD_TOO_LARGE",
  422: "UNPROCESSABLE_CONTENT",
  429: "TOO_MANY_REQUESTS",
  499: "CLIENT_CLOSED_REQUEST",
  503: "SERVICE_UNAVAILABLE",
};

const protocolKeyOf = (status: number): TRPC_ERROR_CODE_KEY =>
  protocolKeys[status] ?? (status < 500 ? "BAD_REQUEST" : "INTERNAL_SERVER_ERROR");

/** Answers with the error's entry in the one table; the status of the HTTP answer follows it. */
export const formatError = ({ shape, error, ctx, ...call }: Failure): ApiErrorShape => {
  const coded = codedError(error, call);
  const { status } = errorEntry(coded.code);
  const key = protocolKeyOf(status);
  return {
    ...shape,
    message: coded.message,
    code: TRPC_ERROR_CODES_BY_KEY[key],
    data: {
      ...shape.data,
      code: key,
      httpStatus: status,
      loraloom: { ...toErrorShape(coded), requestId: ctx?.requestId ?? requestOf(error) },
    },
  };
};
