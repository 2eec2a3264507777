/**
 * Shortens the types of the server's procedures as tsc has written them, where every procedure repeats the
 * whole of its input and output: `node scripts/shorten-api-types.ts`, after `tsc -p tsconfig.api-types.json`.
 * What repeats gets a name, and a record that has all fields of a named one is written as that one and its
 * further fields. The result imports nothing but tRPC; a test compares it with the server's own types.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { readProcedures } from "./api-types/procedures.ts";
import { chooseShared } from "./api-types/shared-shapes.ts";
import { writeDeclarations, writeFolder } from "./api-types/write-shapes.ts";

const folder = new URL("../dist/api-types/", import.meta.url);

const heading = `import type {
  TRPCDefaultErrorShape,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCSubscriptionProcedure,
} from "@trpc/server";

type Definition<In, Out> = { input: In; output: Out; meta: object; errorShape: TRPCDefaultErrorShape };
type Query<In, Out> = TRPCQueryProcedure<Definition<In, Out>>;
type Mutation<In, Out> = Stream<In & { idempotencyKey?: string | undefined }, Out>;
type Stream<In, Out> = TRPCMutationProcedure<Definition<In, Out>>;
type Subscription<In, Out> = TRPCSubscriptionProcedure<Definition<In, Out>>;
type Optional<Fields> = { [Name in keyof Fields]?: Fields[Name] | undefined };
/** What tRPC makes of an event with an id. */
type TrackedData<Data> = { id: string; data: Data };
`;

const procedures = readProcedures(readFileSync(new URL("router/src/procedures.d.ts", folder), "utf8"));
const shared = chooseShared(procedures);
const api = `export type ApiProcedures = ${writeFolder(procedures, shared)};\n`;
writeFileSync(new URL("procedures.d.ts", folder), [heading, writeDeclarations(shared), api].join("\n"));
