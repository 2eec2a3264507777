import type { Logger } from "@loraloom/store";
import { recordSpan } from "@loraloom/telemetry";

/** The request of a host's caller that a gateway's request belongs to. */
export type GatewayOrigin = { requestId: string | undefined; traceparent: string | undefined };

/** As a host makes them; anything else in the header stays out of the log. */
const requestIdPattern = /^[\w-]{1,64}$/;

export const originOf = (headers: Headers): GatewayOrigin => {
  const requestId = headers.get("x-request-id");
  return {
    requestId: requestId !== null && requestIdPattern.test(requestId) ? requestId : undefined,
    traceparent: headers.get("traceparent") ?? undefined,
  };
};

type Answered = { path: string; origin: GatewayOrigin; log: Logger };

/** Logs an answer once its last line is read, and tells of it in the trace that it belongs to. */
export async function* observeAnswer<Line>(
  lines: AsyncIterable<Line>,
  { path, origin: { traceparent }, log }: Answered,
): AsyncGenerator<Line> {
  const startedAt = Date.now();
  try {
    yield* lines;
  } finally {
    log.info({ path, milliseconds: Date.now() - startedAt }, "request answered");
    if (traceparent) recordSpan(`gateway ${path}`, { startedAt, traceparent });
  }
}
