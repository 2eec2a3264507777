import type { LoraloomError } from "@loraloom/errors";
import {
  codedError,
  createContext,
  createRouter,
  logError,
  noteRequest,
  type Services,
} from "@loraloom/router";
import type { Logger } from "@loraloom/store";
import { TRPCError } from "@trpc/server";
import { resolveResponse } from "@trpc/server/http";
import { faultOfRequest, methods } from "./check-request.ts";
import { limitBody } from "./limit-body.ts";
import type { Outcome } from "./outcome.ts";

export const trpcPath = "/trpc";

export type TrpcOptions = {
  services: () => Services;
  log: Logger;
  /** Aborted when the host ends: watchers go on at its successor. */
  ending: AbortSignal;
};
export type RequestFacts = { requestId: string; outcome: Outcome };

/** Answers the requests below {@link trpcPath}. */
export const createTrpcHandler = ({ services, log, ending }: TrpcOptions) => {
  const router = createRouter();
  return async (request: Request, { requestId, outcome }: RequestFacts): Promise<Response> => {
    const response = await resolveResponse({
      router,
      // A query whose input is too long for a URL comes by POST; a mutation never comes by GET.
      allowMethodOverride: true,
      ...checkedRequest(request, ending),
      createContext: async () =>
        createContext({
          requestId,
          log,
          services,
          authorization: request.headers.get("authorization") ?? undefined,
        }),
      onError: ({ error, path }) => {
        noteRequest(error, requestId);
        outcome.refused(codedError(error).code);
        logError({ error, path, requestId, log });
      },
    });
    if (response.status === 405) response.headers.set("allow", allowedInsteadOf(request));
    return response;
  };
};

/** Of the methods that there are, GET is refused by mutations alone. */
const allowedInsteadOf = ({ method }: Request): string => (method === "GET" ? "POST" : methods.join(", "));

/** The request as tRPC takes it, or the error to answer it with. */
const checkedRequest = (request: Request, ending: AbortSignal) => {
  const path = new URL(request.url).pathname.slice(trpcPath.length + 1);
  const fault = faultOfRequest(request, path);
  if (!fault) return { req: boundRequest(request, ending), path, error: null };
  // Nothing of the request is read any more: in a form that tRPC takes, it is answered with the error.
  return { req: new Request(new URL(trpcPath, request.url)), path: "", error: toTrpcError(fault) };
};

const toTrpcError = (cause: LoraloomError): TRPCError => new TRPCError({ code: "BAD_REQUEST", cause });

/** The request with a body of bounded size; an event stream ends with the host, anything else is let finish. */
const boundRequest = (request: Request, ending: AbortSignal): Request => {
  const isWatcher = request.headers.get("accept")?.includes("text/event-stream");
  const signal = isWatcher ? AbortSignal.any([request.signal, ending]) : request.signal;
  if (!request.body) return isWatcher ? new Request(request, { signal }) : request;
  const announced = request.headers.get("content-length") ?? undefined;
  return new Request(request, { body: limitBody(request.body, announced), duplex: "half", signal });
};
