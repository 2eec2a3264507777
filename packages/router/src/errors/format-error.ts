import { errorEntry, toErrorShape } from "@loraloom/errors";
import type { TRPCDefaultErrorShape, TRPCError } from "@trpc/server";
import type { Context } from "../context.ts";
import type { ApiErrorShape } from "./api-error.ts";
import { codedError } from "./coded-error.ts";

type Failure = {
  shape: TRPCDefaultErrorShape;
  error: TRPCError;
  input: unknown;
  ctx: Context | undefined;
};

/** Answers with the error's entry in the one table; the status of the HTTP answer follows it. */
export const formatError = ({ shape, error, input, ctx }: Failure): ApiErrorShape => {
  const coded = codedError(error, input);
  return {
    ...shape,
    message: coded.message,
    data: {
      ...shape.data,
      httpStatus: errorEntry(coded.code).status,
      loraloom: { ...toErrorShape(coded), requestId: ctx?.requestId },
    },
  };
};
