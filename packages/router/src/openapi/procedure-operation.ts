import type { z } from "zod";
import { itemSchemaOf } from "../schemas/async-iterable.ts";
import type { Operation, Parameter, Schema } from "./document.ts";
import { errorResponse } from "./errors.ts";
import { datesOf, jsonSchemaOf } from "./json-schema.ts";

/** A procedure as the router holds it. */
export type DescribedProcedure = {
  path: string;
  summary: string;
  /** Which key it takes, as a sentence. */
  access: string;
  type: "query" | "mutation" | "subscription";
  input: z.ZodType | undefined;
  output: z.ZodType;
};

/** How a procedure is called over plain HTTP: tRPC's form, with every input and answer below `json`. */
export const operationOf = (procedure: DescribedProcedure): Record<"get" | "post", Operation | undefined> => {
  const isStream = itemSchemaOf(procedure.output) !== undefined;
  if (procedure.type === "mutation")
    return { get: undefined, post: isStream ? streamedMutation(procedure) : mutation(procedure) };
  return {
    get: procedure.type === "subscription" ? subscription(procedure) : query(procedure),
    post: undefined,
  };
};

const base = ({ path, summary, access }: DescribedProcedure) => ({
  operationId: path,
  summary,
  description: access,
  tags: [path.split(".")[0] ?? path],
});

const query = (procedure: DescribedProcedure): Operation => ({
  ...base(procedure),
  parameters: inputParameters(procedure),
  responses: { 200: answer(procedure), ...errorResponse("CallError") },
});

const mutation = (procedure: DescribedProcedure): Operation => ({
  ...base(procedure),
  requestBody: { required: true, content: { "application/json": { schema: inputSchema(procedure) } } },
  responses: { 200: answer(procedure), ...errorResponse("CallError") },
});

const subscription = (procedure: DescribedProcedure): Operation => ({
  ...base(procedure),
  parameters: inputParameters(procedure),
  responses: {
    200: {
      description: "Server-sent events",
      content: { "text/event-stream": { schema: items(procedure) } },
    },
    ...errorResponse("CallError"),
  },
});

/** A call whose answer comes piece by piece is sent as a batch of one. */
const streamedMutation = (procedure: DescribedProcedure): Operation => ({
  ...base(procedure),
  description: `${procedure.access} The answer is a line of JSON for each piece, as tRPC streams it.`,
  parameters: [
    { name: "batch", in: "query", required: true, schema: { type: "string", enum: ["1"] } },
    {
      name: "trpc-accept",
      in: "header",
      required: true,
      schema: { type: "string", enum: ["application/jsonl"] },
    },
  ],
  requestBody: {
    required: true,
    content: {
      "application/json": {
        schema: { type: "object", required: ["0"], properties: { 0: inputSchema(procedure) } },
      },
    },
  },
  responses: {
    200: { description: "Pieces", content: { "application/jsonl": { schema: items(procedure) } } },
    ...errorResponse("CallError"),
  },
});

const items = ({ output }: DescribedProcedure): Schema => {
  const item = itemSchemaOf(output);
  return item ? jsonSchemaOf(item, "output") : {};
};

const inputParameters = (procedure: DescribedProcedure): Parameter[] =>
  procedure.input === undefined
    ? []
    : [
        {
          name: "input",
          in: "query",
          required: !procedure.input.safeParse(undefined).success,
          description: 'The input as JSON: {"json": …}. One that is too long for a URL is sent by POST.',
          content: { "application/json": { schema: inputSchema(procedure) } },
        },
      ];

const inputSchema = ({ input }: DescribedProcedure): Schema => {
  const json = input === undefined ? {} : jsonSchemaOf(input, "input");
  const dates = datesOf(json);
  return {
    type: "object",
    required: ["json"],
    properties: { json, ...(dates.length > 0 && { meta: metaSchema(dates) }) },
  };
};

/** superjson's note of which texts are dates. */
const metaSchema = (dates: string[]): Schema => ({
  type: "object",
  description: `Names each date that is given, such as {"values": {"${dates[0]}": ["Date"]}}`,
  properties: {
    values: {
      type: "object",
      properties: Object.fromEntries(dates.map((name) => [name, { const: ["Date"] }])),
    },
  },
});

const answer = ({ output }: DescribedProcedure): Operation["responses"][string] => ({
  description: "Done",
  content: {
    "application/json": {
      schema: {
        type: "object",
        required: ["result"],
        properties: {
          result: {
            type: "object",
            required: ["data"],
            properties: {
              data: {
                type: "object",
                required: ["json"],
                properties: { json: jsonSchemaOf(output, "output"), meta: { type: "object" } },
              },
            },
          },
        },
      },
    },
  },
});
