import { z } from "zod";
import type { Schema } from "./document.ts";

/** A schema as JSON Schema: what a caller sends (`input`), or is answered with (`output`). */
export const jsonSchemaOf = (schema: z.ZodType, io: "input" | "output"): Schema => {
  const { $schema: _, ...described } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === "date")
        Object.assign(jsonSchema, { type: "string", format: "date-time" });
    },
  });
  return described;
};

/** The paths of an input's own dates: JSON has none, so each is named beside the input. */
export const datesOf = ({ properties = {} }: Schema & { properties?: Record<string, Schema> }): string[] =>
  Object.entries(properties).flatMap(([name, { format }]) => (format === "date-time" ? [name] : []));
