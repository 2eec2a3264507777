import {
  httpBatchLink,
  httpBatchStreamLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCLink,
} from "@trpc/client";
import { EventSource } from "eventsource";
import superjson from "superjson";
import type { ApiRouter } from "./api-types.ts";
import { authorization, type Connection } from "./connection.ts";
import { fetchOwnAnswers } from "./own-answers.ts";

/** The server refuses longer batches. */
const maxBatchItems = 20;

/** Proxies commonly refuse request lines above 8 KiB; a batch of queries is split below that. */
const maxUrlLength = 6000;

/** The rest of a request line: the server's address and the call's name. */
const longestInput = 5000;

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
    false: splitLink({
      condition: isShortMutation,
      true: httpBatchLink(batchOptions(connection)),
      false: splitLink({
        condition: ({ type, input }) => type === "query" && isTooLongForUrl(input),
        true: httpBatchStreamLink({ ...batchOptions(connection), methodOverride: "POST" }),
        false: httpBatchStreamLink({ ...batchOptions(connection), maxURLLength: maxUrlLength }),
      }),
    }),
  }),
];

/**
 * Changes are answered in one piece: a stream, in which each call is answered when it is done, costs both sides about
 * twice as much. Queries of one moment can differ much in what they take, and a chat is a stream by itself.
 */
const isShortMutation = ({ type, path }: { type: string; path: string }): boolean =>
  type === "mutation" && path !== "chat";

const batchOptions = (connection: Connection) => ({
  url: connection.url,
  transformer: superjson,
  fetch: fetchOwnAnswers(connection),
  headers: authorization(connection),
  maxItems: maxBatchItems,
});

/** Thousands of names, say: such a query is sent as a body. */
const isTooLongForUrl = (input: unknown): boolean =>
  encodeURIComponent(superjson.stringify(input)).length > longestInput;
