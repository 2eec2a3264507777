import { type Context, context, propagation, ROOT_CONTEXT } from "@opentelemetry/api";

/** The W3C trace context of the work that calls; `undefined` where nothing is traced. */
export const currentTraceparent = (): string | undefined => {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
};

/** What a header or a row says of a trace; one that can't be read begins another trace. */
export const contextOf = (traceparent: string): Context => propagation.extract(ROOT_CONTEXT, { traceparent });
