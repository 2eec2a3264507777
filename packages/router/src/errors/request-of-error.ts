import type { TRPCError } from "@trpc/server";

const requestIds = new WeakMap<TRPCError, string>();

/**
 * Remembers the request of an error. An error that ends a request before its calls are known is formatted
 * without the context; tRPC reports the same error just before.
 */
export const noteRequest = (error: TRPCError, requestId: string): void => {
  requestIds.set(error, requestId);
};

export const requestOf = (error: TRPCError): string | undefined => requestIds.get(error);
