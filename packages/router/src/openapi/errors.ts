import { errorCodes } from "@loraloom/errors";
import type { Operation, Schema } from "./document.ts";

/** What every error says, whatever carries it. */
const coded: Schema = {
  type: "object",
  required: ["code", "message", "remedy", "retryable", "fault"],
  properties: {
    code: { type: "string", enum: errorCodes, description: "docs/errors.md tells each." },
    message: { type: "string", description: "Names the value that was wrong." },
    remedy: { type: "string", description: "What to do." },
    retryable: { type: "boolean", description: "The same request can succeed later." },
    fault: { type: "string", enum: ["user", "system"] },
    details: { type: "object", additionalProperties: true },
    requestId: { type: "string", description: "By this the request is found in the log." },
  },
};

const ofCall: Schema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["json"],
      properties: {
        json: {
          type: "object",
          required: ["data"],
          properties: {
            message: { type: "string" },
            code: { type: "integer", description: "JSON-RPC's." },
            data: {
              type: "object",
              required: ["loraloom"],
              properties: { loraloom: { $ref: "#/components/schemas/Error" } },
            },
          },
        },
      },
    },
  },
};

const ofRoute: Schema = {
  type: "object",
  required: ["error"],
  properties: { error: { $ref: "#/components/schemas/Error" } },
};

export const errorSchemas: Record<string, Schema> = { Error: coded, CallError: ofCall, RouteError: ofRoute };

/** The answer to a call that is refused or fails; its status is that of its code. */
export const errorResponse = (schema: "CallError" | "RouteError"): Operation["responses"] => ({
  default: {
    description: "Refused or failed, with a code of the one table",
    content: { "application/json": { schema: { $ref: `#/components/schemas/${schema}` } } },
  },
});
