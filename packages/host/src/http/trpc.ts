import { createContext, createRouter, logError, type Services } from "@loraloom/router";
import type { Logger } from "@loraloom/store";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { limitBody } from "./limit-body.ts";

/** As many calls as one HTTP request may hold. */
const maxBatchSize = 20;
export const trpcPath = "/trpc";

export type TrpcOptions = {
  services: () => Services;
  log: Logger;
  /** Aborted when the host ends: watchers go on at its successor. */
  ending: AbortSignal;
};

/** Answers the requests below {@link trpcPath}. */
export const createTrpcHandler = ({ services, log, ending }: TrpcOptions) => {
  const router = createRouter();
  return (request: Request, requestId: string): Promise<Response> =>
    fetchRequestHandler({
      endpoint: trpcPath,
      req: boundRequest(request, ending),
      router,
      maxBatchSize,
      createContext: ({ req }) =>
        createContext({
          requestId,
          log,
          services,
          authorization: req.headers.get("authorization") ?? undefined,
        }),
      onError: ({ error, path }) => logError({ error, path, requestId, log }),
    });
};

/** The request with a body of bounded size; an event stream ends with the host, anything else is let finish. */
const boundRequest = (request: Request, ending: AbortSignal): Request => {
  const isWatcher = request.headers.get("accept")?.includes("text/event-stream");
  const signal = isWatcher ? AbortSignal.any([request.signal, ending]) : request.signal;
  if (!request.body) return isWatcher ? new Request(request, { signal }) : request;
  const announced = request.headers.get("content-length") ?? undefined;
  return new Request(request, { body: limitBody(request.body, announced), duplex: "half", signal });
};
