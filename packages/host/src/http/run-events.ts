import type { LoraloomError } from "@loraloom/errors";
import {
  type ApiRunEvent,
  codedError,
  createContext,
  logError,
  type OpenedRunEvents,
  openRunEvents,
} from "@loraloom/router";
import { getTRPCErrorFromUnknown } from "@trpc/server";
import { type Context, Hono } from "hono";
import { toEventStream } from "./event-stream.ts";
import type { RequestEnv } from "./log-requests.ts";
import { refusalOf } from "./refusal.ts";
import type { StreamTimes } from "./stream-times.ts";
import type { TrpcOptions } from "./trpc.ts";

export type RunEventsOptions = TrpcOptions & { times: StreamTimes };
type RequestContext = Context<RequestEnv, "/:id/events">;
/** Opens the run's events after the given one, with the caller's rights looked up anew. */
type Open = (lastEventId: string | undefined, signal: AbortSignal) => Promise<OpenedRunEvents>;

/** A run's events for everything that speaks HTTP: curl, a browser's EventSource, other languages. */
export const runEventsRoutes = (options: RunEventsOptions): Hono<RequestEnv> =>
  new Hono<RequestEnv>().get("/:id/events", (context) => answerEvents(context, options));

const answerEvents = async (context: RequestContext, options: RunEventsOptions): Promise<Response> => {
  const { times, ending } = options;
  const signal = AbortSignal.any([context.req.raw.signal, ending]);
  const open = opener(context, options);
  const lastEventId = context.req.header("last-event-id") ?? context.req.query("lastEventId");
  try {
    const following = { lastEventId, signal, times };
    const first = await openFor(open, following);
    // Tells an EventSource that there is nothing to come back for.
    if (first.isOver) return new Response(null, { status: 204 });
    const events = follow(open, first, following);
    return new Response(toEventStream(events, streamOptions(context, options)), { headers });
  } catch (error) {
    const coded = noteError(context, options, error);
    const { body, ...head } = refusalOf(coded, context.var.requestId);
    return new Response(body, head);
  }
};

const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // nginx would keep events back until it has a buffer full of them.
  "x-accel-buffering": "no",
};

const opener =
  (context: RequestContext, { services, log }: RunEventsOptions): Open =>
  (lastEventId, signal) => {
    const authorization = context.req.header("authorization");
    const { requestId } = context.var;
    const { lastEventId: _, ...query } = context.req.query();
    const request = {
      ...query,
      runId: context.req.param("id"),
      ...(lastEventId !== undefined && { lastEventId }),
    };
    return openRunEvents(createContext({ requestId, log, services, authorization }), request, signal);
  };

type Following = { lastEventId: string | undefined; signal: AbortSignal; times: StreamTimes };
type Opened = OpenedRunEvents & { recheck: AbortSignal };

const openFor = async (open: Open, { lastEventId, signal, times }: Following): Promise<Opened> => {
  const recheck = AbortSignal.timeout(times.recheckMilliseconds);
  return { ...(await open(lastEventId, AbortSignal.any([signal, recheck]))), recheck };
};

/** Goes on until the run ends; now and then the caller's key and rights are looked up again. */
async function* follow(open: Open, first: Opened, following: Following): AsyncGenerator<ApiRunEvent, void> {
  let { lastEventId } = following;
  for (let opened = first; !opened.isOver; opened = await openFor(open, { ...following, lastEventId })) {
    for await (const event of opened.events) {
      yield event;
      lastEventId = String(event.seq);
    }
    if (following.signal.aborted || !opened.recheck.aborted) return;
  }
}

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
  outcome.refused(coded.code);
  logError({ error, path: context.req.routePath, requestId, log });
  return coded;
};
