import { z } from "zod";
import { createRouter } from "../../create-router.ts";
import { type Description, describeInput } from "./describe-input.ts";

/** A procedure and what it asks for; undefined: nothing. */
export type WalkedInput = {
  path: string;
  type: "query" | "mutation" | "subscription";
  asked: Description | undefined;
};

/** What tRPC keeps of a procedure is no part of its types. */
const definition = z.object({
  type: z.enum(["query", "mutation", "subscription"]),
  inputs: z.array(z.instanceof(z.ZodType)).max(1),
});

/** Every procedure of the router. */
export const walkInputs = (): WalkedInput[] =>
  Object.entries(createRouter()._def.procedures).map(([path, procedure]) => {
    const { type, inputs } = definition.parse(Reflect.get(procedure, "_def"));
    return { path, type, asked: inputs[0] && describeInput(inputs[0]) };
  });
