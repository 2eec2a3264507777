import type { LoraloomError } from "@loraloom/errors";
import { codedError, logError, openRunEvents, type RunEventsRequest } from "@loraloom/router";
import { getTRPCErrorFromUnknown } from "@trpc/server";
import { type Context, Hono } from "hono";
import { toEventStream } from "./event-stream.ts";
import type { RequestEnv } from "./log-requests.ts";
import { refusalOf } from "./refusal.ts";
import type { StreamTimes } from "./stream-times.ts";
import type { TrpcOptions } from "./trpc.ts";

export type RunEventsOptions = TrpcOptions & { times: StreamTimes };
type RequestContext = Context<RequestEnv, "/:id/events">;

/** A run's events for everything that speaks HTTP: curl, a browser's EventSource, other languages. */
export const runEventsRoutes = (options: RunEventsOptions): Hono<RequestEnv> =>
  new Hono<RequestEnv>().get("/:id/events", (context) => answerEvents(context, options));

const answerEvents = async (context: RequestContext, options: RunEventsOptions): Promise<Response> => {
  const unread = new AbortController();
  const signal = AbortSignal.any([context.req.raw.signal, options.ending, unread.signal]);
  try {
    const { isOver, events } = await openRunEvents(context.var.call, requestOf(context), signal);
    // What nobody reads keeps no place among the open streams.
    if (isOver || context.req.method === "HEAD") unread.abort();
    // Tells an EventSource that there is nothing to come back for.
    if (isOver) return new Response(null, { status: 204 });
    return new Response(toEventStream(events, streamOptions(context, options)), { headers });
  } catch (error) {
    const coded = noteError(context, options, error);
    const { body, ...head } = refusalOf(coded, context.var.requestId);
    return new Response(body, head);
  }
};

const requestOf = ({ req }: RequestContext): RunEventsRequest => {
  const lastEventId = req.header("last-event-id") ?? req.query("lastEventId");
  const { lastEventId: _, ...query } = req.query();
  return { ...query, runId: req.param("id"), ...(lastEventId !== undefined && { lastEventId }) };
};

const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // nginx would keep events back until it has a buffer full of them.
  "x-accel-buffering": "no",
};

const streamOptions = (context: RequestContext, options: RunEventsOptions) => ({
  pingMilliseconds: options.times.pingMilliseconds,
  describeError: (error: unknown) => {
    const { code, message, remedy } = noteError(context, options, error);
    return { code, message, remedy, requestId: context.var.requestId };
  },
});

/** The error of the one table, once it stands in the log. */
const noteError = (context: RequestContext, { log }: RunEventsOptions, cause: unknown): LoraloomError => {
  const { requestId, outcome } = context.var;
  const error = getTRPCErrorFromUnknown(cause);
  const coded = codedError(error);
  outcome.refused(coded);
  logError({ error, path: context.req.routePath, requestId, log });
  return coded;
};
