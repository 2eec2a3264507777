/** The API: procedures, who may call them, and the errors that they answer with. */
export { requireOperator } from "./access/require-operator.ts";
export type { Context, Services } from "./context.ts";
export { createContext, type RequestFacts } from "./create-context.ts";
export { createRouter } from "./create-router.ts";
export type { Deployment } from "./deployment.ts";
export { codedError } from "./errors/coded-error.ts";
export { logError } from "./errors/log-error.ts";
export { noteRequest } from "./errors/request-of-error.ts";
export { createCountTokens } from "./files/count-tokens.ts";
export { checkHealth } from "./health/check-health.ts";
export { canLoad, modelNotLoaded, requireNotRefused } from "./held-bases.ts";
export type { CountedTokens, Inference, InferenceRequest, RunEstimate, SampleEvent } from "./inference.ts";
export { inspect } from "./inspection/inspect.ts";
export type { ObservedCall } from "./observe-call.ts";
export { describeApi } from "./openapi/describe-api.ts";
export { type ApiProcedures, procedures } from "./procedures.ts";
export { type OpenedRunEvents, openRunEvents, type RunEventsRequest } from "./train/open-run-events.ts";
export type { ApiRunEvent } from "./train/run-event-schema.ts";
