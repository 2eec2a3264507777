import { httpBatchStreamLink, httpSubscriptionLink, splitLink, type TRPCLink } from "@trpc/client";
import { EventSource } from "eventsource";
import superjson from "superjson";
import type { ApiRouter } from "./api-types.ts";
import { authorization, type Connection } from "./connection.ts";

/** The server refuses longer batches. */
const maxBatchItems = 20;

/** Proxies commonly refuse request lines above 8 KiB; a batch of queries is split below that. */
const maxUrlLength = 6000;

/** Requests in batches by fetch, subscriptions as event streams; the key always travels in a header. */
export const createLinks = (connection: Connection): TRPCLink<ApiRouter>[] => [
  splitLink({
    condition: ({ type }) => type === "subscription",
    true: httpSubscriptionLink({
      url: connection.url,
      transformer: superjson,
      EventSource,
      eventSourceOptions: {
        fetch: (url, init) =>
          connection.fetch(url, { ...init, headers: { ...init.headers, ...authorization(connection) } }),
      },
    }),
    false: httpBatchStreamLink({
      url: connection.url,
      transformer: superjson,
      fetch: connection.fetch,
      headers: authorization(connection),
      maxItems: maxBatchItems,
      maxURLLength: maxUrlLength,
    }),
  }),
];
