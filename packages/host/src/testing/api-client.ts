import type { ErrorCode } from "@loraloom/errors";
import type { createRouter } from "@loraloom/router";
import {
  createTRPCClient,
  httpBatchStreamLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
  TRPCClientError,
} from "@trpc/client";
import { EventSource } from "eventsource";
import superjson from "superjson";

type Router = ReturnType<typeof createRouter>;
export type ApiClient = TRPCClient<Router>;

/** The links that the published client uses. */
export const createApiClient = ({ url, apiKey }: { url: string; apiKey: string }): ApiClient => {
  const authorization = `Bearer ${apiKey}`;
  return createTRPCClient<Router>({
    links: [
      splitLink({
        condition: ({ type }) => type === "subscription",
        true: httpSubscriptionLink({
          url: `${url}/trpc`,
          transformer: superjson,
          EventSource,
          eventSourceOptions: {
            fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, authorization } }),
          },
        }),
        false: httpBatchStreamLink({
          url: `${url}/trpc`,
          transformer: superjson,
          headers: { authorization },
        }),
      }),
    ],
  });
};

export type Refusal = {
  code: ErrorCode;
  message: string;
  remedy: string;
  retryable: boolean;
  details?: object;
};

/** The coded error that a call fails with. */
export const refusalOf = async (call: Promise<unknown>): Promise<Refusal> => {
  try {
    await call;
  } catch (error) {
    if (error instanceof TRPCClientError && error.data?.loraloom) return error.data.loraloom;
    throw error;
  }
  throw new Error("The call was answered.");
};
