import type { OpenApiDocument, Operation } from "./document.ts";
import { errorResponse } from "./errors.ts";

const text = { type: "string" };

/** Routes that are no procedures. */
export const plainPaths: OpenApiDocument["paths"] = {
  "/v1/runs/{id}/events": {
    get: {
      operationId: "runEvents",
      summary: "Follow a run's events from any language, until it ends.",
      tags: ["train"],
      description:
        "Each event has its number as `id`; sent back as `last-event-id`, the events after it follow.",
      parameters: [
        { name: "id", in: "path", required: true, schema: text },
        { name: "userId", in: "query", description: "A service key names the user.", schema: text },
        { name: "last-event-id", in: "header", schema: text },
        {
          name: "lastEventId",
          in: "query",
          description: "The same, for tools that send no header.",
          schema: text,
        },
      ],
      responses: {
        200: { description: "Server-sent events", content: { "text/event-stream": { schema: text } } },
        204: { description: "The run has ended, and all of its events were sent." },
        ...errorResponse("RouteError"),
      },
    },
  },
  "/health/live": { get: health("live", "Whether the process answers at all.") },
  "/health/ready": { get: health("ready", "Whether calls can be answered now; 503 says by codes why not.") },
  "/metrics": {
    get: {
      operationId: "metrics",
      summary: "Figures for Prometheus; for the metrics token, or a service key with the scope admin.",
      tags: ["operations"],
      responses: {
        200: { description: "Figures", content: { "text/plain": { schema: text } } },
        ...errorResponse("RouteError"),
      },
    },
  },
};

function health(name: string, summary: string): Operation {
  const content = { "application/json": { schema: { type: "object" } } };
  return {
    operationId: `health.${name}`,
    summary,
    tags: ["operations"],
    security: [],
    responses: { 200: { description: "Yes", content }, 503: { description: "No", content } },
  };
}
