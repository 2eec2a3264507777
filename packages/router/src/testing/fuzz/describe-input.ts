import { z } from "zod";

const typeName = z.enum(["object", "array", "string", "number", "integer", "boolean", "null", "date"]);

/** As much of JSON Schema as zod makes of our inputs. */
const description = z.looseObject({
  type: typeName.optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  pattern: z.string().optional(),
  minLength: z.number().default(0),
  maxLength: z.number().default(1_000),
  minItems: z.number().default(0),
  maxItems: z.number().default(1_000),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
});

/** A schema as data. Dates have a type of their own. */
export type Description = z.output<typeof description>;

export const readDescription = (schema: unknown): Description => {
  const { data } = severalTypes.safeParse(schema);
  return description.parse(data ? { anyOf: data.type.map((type) => ({ ...data, type })) } : schema);
};

/** As text that may be null is told. */
const severalTypes = z.looseObject({ type: z.array(typeName) });

/** What a procedure asks for. */
export const describeInput = (schema: z.ZodType): Description =>
  readDescription(
    z.toJSONSchema(schema, {
      io: "input",
      reused: "inline",
      unrepresentable: "any",
      override: ({ zodSchema, jsonSchema }) => {
        if (zodSchema._zod.def.type === "date") Object.assign(jsonSchema, { type: "date" });
      },
    }),
  );
