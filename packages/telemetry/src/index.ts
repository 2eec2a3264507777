/** What a process tells of itself to those who operate it: spans of what it does, and figures. */
export { createRegistry } from "./figures/create-registry.ts";
export { measureObjectRequests } from "./figures/object-requests.ts";
export type { ObjectRequest, ObjectRequestOutcome } from "./object-request.ts";
export { inChildSpan, inSpan, markFailed, type SpanOptions } from "./spans/in-span.ts";
export { recordSpan } from "./spans/record-span.ts";
export { startTracing } from "./spans/start-tracing.ts";
export { currentTraceparent } from "./spans/traceparent.ts";
export { untraced } from "./spans/untraced.ts";
