import type { TRPCDefaultErrorShape } from "@trpc/server";

/** What a failed call is answered with under `data.loraloom`; the codes are those of the one table. */
export type ApiError = {
  code: string;
  message: string;
  /** What to do, as one sentence. */
  remedy: string;
  /** Whether the same call can succeed later. */
  retryable: boolean;
  fault: "user" | "system";
  details?: Record<string, unknown>;
  /** Finds the call in the server's log. */
  requestId: string | undefined;
};

export type ApiErrorShape = TRPCDefaultErrorShape & { data: { loraloom: ApiError } };
