import type { LoraloomError } from "@loraloom/errors";
import {
  type Context,
  codedError,
  createRouter,
  logError,
  noteRequest,
  type ObservedCall,
  type Services,
} from "@loraloom/router";
import type { Logger } from "@loraloom/store";
import { TRPCError } from "@trpc/server";
import { resolveResponse } from "@trpc/server/http";
import { faultOfRequest, methods } from "./check-request.ts";
import { limitBody, maxBodyBytes } from "./limit-body.ts";
import type { Outcome } from "./outcome.ts";

export const trpcPath = "/trpc";

export type TrpcOptions = {
  services: () => Services;
  onCall: (call: ObservedCall) => void;
  log: Logger;
  /** Aborted when the host ends: watchers go on at its successor. */
  ending: AbortSignal;
};
export type RequestFacts = {
  requestId: string;
  outcome: Outcome;
  call: Context;
  /** What the request is refused for before it is looked at. */
  fault?: LoraloomError;
};

/** Answers the requests below {@link trpcPath}. */
export const createTrpcHandler = ({ log, ending }: Pick<TrpcOptions, "log" | "ending">) => {
  const router = createRouter();
  return async (request: Request, { requestId, outcome, call, fault }: RequestFacts): Promise<Response> => {
    const response = await resolveResponse({
      router,
      // A query whose input is too long for a URL comes by POST; a mutation never comes by GET.
      allowMethodOverride: true,
      ...checkedRequest(request, ending, fault),
      createContext: async () => call,
      onError: ({ error, path }) => {
        noteRequest(error, requestId);
        outcome.refused(codedError(error));
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
const checkedRequest = (request: Request, ending: AbortSignal, known?: LoraloomError) => {
  const path = new URL(request.url).pathname.slice(trpcPath.length + 1);
  const fault = known ?? faultOfRequest(request, path);
  if (!fault) return { req: boundRequest(request, ending), path, error: null };
  // Nothing of the request is read any more: in a form that tRPC takes, it is answered with the error.
  return { req: new Request(new URL(trpcPath, request.url)), path: "", error: toTrpcError(fault) };
};

const toTrpcError = (cause: LoraloomError): TRPCError => new TRPCError({ code: "BAD_REQUEST", cause });

/** The request with a body of bounded size; an event stream ends with the host, anything else is let finish. */
const boundRequest = (request: Request, ending: AbortSignal): Request => {
  const bounded = isBounded(request) ? request : withLimitedBody(request);
  const isWatcher = request.headers.get("accept")?.includes("text/event-stream");
  return isWatcher ? withSignal(bounded, AbortSignal.any([request.signal, ending])) : bounded;
};

/** The same request with another signal; a copy would cost each watcher two requests' memory for as long as it watches. */
const withSignal = (request: Request, signal: AbortSignal): Request =>
  new Proxy(request, {
    get: (own, name) => {
      if (name === "signal") return signal;
      const value = Reflect.get(own, name, own);
      return typeof value === "function" ? value.bind(own) : value;
    },
  });

/** HTTP itself holds a body to the length that was announced: it is read as it comes, which costs much less. */
const isBounded = ({ method, headers }: Request): boolean => {
  const announced = headers.get("content-length");
  return method !== "POST" || (announced !== null && Number(announced) <= maxBodyBytes);
};

const withLimitedBody = (request: Request): Request => {
  if (!request.body) return request;
  const announced = request.headers.get("content-length") ?? undefined;
  return new Request(request, { body: limitBody(request.body, announced), duplex: "half" });
};
