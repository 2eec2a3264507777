import type { z } from "zod";
import { createRouter } from "../create-router.ts";
import type { Meta } from "../meta.ts";
import type { OpenApiDocument } from "./document.ts";
import { errorSchemas } from "./errors.ts";
import { plainPaths } from "./plain-operations.ts";
import { type DescribedProcedure, operationOf } from "./procedure-operation.ts";
import { summaries, tags } from "./summaries.ts";

/** The whole API for other languages and tools, made from the router itself. */
export const describeApi = (version: string): OpenApiDocument => ({
  openapi: "3.1.0",
  info: {
    title: "Loraloom",
    version,
    description:
      "Train LoRA adapters on your own data, and talk with them. Every call takes an API key, or a token of a sign-in that the operator has configured; a service key names the user in `userId`.",
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
  },
  servers: [{ url: "/" }],
  security: [{ key: [] }],
  tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
  paths: { ...procedurePaths(), ...plainPaths },
  components: {
    schemas: errorSchemas,
    securitySchemes: {
      key: { type: "http", scheme: "bearer", description: "An API key (ll_…), or a token (JWT)" },
    },
  },
});

/** What tRPC keeps of a procedure. */
type Definition = { type: DescribedProcedure["type"]; inputs: z.ZodType[]; output: z.ZodType; meta?: Meta };

const procedurePaths = (): OpenApiDocument["paths"] => {
  // By their paths, which its type does not say.
  const procedures: object = createRouter()._def.procedures;
  return Object.fromEntries(
    Object.entries(procedures).map(([path, { _def }]: [string, { _def: Definition }]) => {
      const { type, inputs, output, meta } = _def;
      const summary = summaries[path] ?? "";
      const described = { path, summary, access: accessOf(meta), type, input: inputs.at(-1), output };
      return [`/trpc/${path}`, defined(operationOf(described))];
    }),
  );
};

const others = { owner: ", of the avatar's owner", service: ", and a service key" };

/** Which key a call takes, as a sentence. */
const accessOf = ({ scope, only }: Meta = {}): string =>
  `Needs the scope \`${scope}\`${only ? others[only] : ""}.`;

const defined = ({ get, post }: ReturnType<typeof operationOf>): OpenApiDocument["paths"][string] => ({
  ...(get && { get }),
  ...(post && { post }),
});
