import { context, type Span, type SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { contextOf } from "./traceparent.ts";

/** Bounded facts such as ids, counts and codes; never what somebody wrote, and no secret. */
export type SpanAttributes = Record<string, string | number | boolean>;
export type SpanOptions = {
  kind?: SpanKind;
  attributes?: SpanAttributes;
  /** W3C trace context of work elsewhere that this one belongs to; left out: of the work that calls. */
  traceparent?: string | undefined;
};
type Work<T> = (span: Span) => Promise<T>;

export const tracer = () => trace.getTracer("loraloom");

/** Does work under a span of its own; where nothing collects spans it costs next to nothing. */
export const inSpan = <T>(name: string, options: SpanOptions, work: Work<T>): Promise<T> => {
  const { traceparent, ...rest } = options;
  const parent = traceparent === undefined ? context.active() : contextOf(traceparent);
  return tracer().startActiveSpan(name, rest, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      markFailed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
};

/** The same for steps that are told only as a part of traced work: by themselves they would be noise. */
export const inChildSpan = <T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> =>
  trace.getActiveSpan() ? inSpan(name, options, work) : work();

/** By the code alone: a message may quote what somebody wrote. */
export const markFailed = (span: Span, error: unknown): void => {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute("error.type", typeOf(error));
};

const typeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
};
