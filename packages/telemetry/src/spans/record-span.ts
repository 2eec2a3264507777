import { context, type Span } from "@opentelemetry/api";
import { type SpanAttributes, tracer } from "./in-span.ts";
import { contextOf } from "./traceparent.ts";

type Past = {
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt?: number;
  attributes?: SpanAttributes;
  traceparent?: string | undefined;
};

/** Notes a span of work that is over, such as a claim whose run, and so whose trace, is known only now. */
export const recordSpan = (name: string, { startedAt, endedAt, attributes, traceparent }: Past): void => {
  const parent = traceparent === undefined ? context.active() : contextOf(traceparent);
  const span: Span = tracer().startSpan(
    name,
    { startTime: startedAt, ...(attributes && { attributes }) },
    parent,
  );
  span.end(endedAt);
};
