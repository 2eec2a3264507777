import ts from "typescript";
import { readShape, type Shape } from "./shapes.ts";

/** A mutation takes an idempotency key beside its input; one that answers with a stream has none. */
export type Procedure = {
  kind: "Query" | "Mutation" | "Stream" | "Subscription";
  input: Shape;
  output: Shape;
};

/** Procedures and folders of procedures by name. */
export type Folder = Map<string, Procedure | Folder>;

/** Reads the variable `procedures` of a declaration file that tsc has written. */
export const readProcedures = (source: string): Folder => {
  const file = ts.createSourceFile("procedures.d.ts", source, ts.ScriptTarget.Latest, true);
  const statement = file.statements.find(ts.isVariableStatement);
  const type = statement?.declarationList.declarations[0]?.type;
  if (type && ts.isTypeLiteralNode(type)) return readFolder(type);
  throw new Error("procedures.d.ts does not declare one record of procedures.");
};

const readFolder = (folder: ts.TypeLiteralNode): Folder =>
  new Map(
    [...membersOf(folder)].map(([name, type]) => [
      name,
      ts.isTypeLiteralNode(type) ? readFolder(type) : readProcedure(name, type),
    ]),
  );

const readProcedure = (name: string, type: ts.TypeNode): Procedure => {
  const kind = procedureKind(type);
  const definition = ts.isImportTypeNode(type) ? type.typeArguments?.[0] : undefined;
  const members = definition && ts.isTypeLiteralNode(definition) ? membersOf(definition) : undefined;
  const input = members?.get("input");
  const output = members?.get("output");
  if (!kind || !input || !output) throw new Error(`'${name}' is not a procedure.`);
  const read = { kind, input: readShape(input), output: readShape(output) };
  return kind === "Mutation" ? splitKey(read) : read;
};

const keyField = "idempotencyKey?";

/** The key stands once for all that have it. */
const splitKey = ({ input, output }: Procedure): Procedure => {
  const fields = input.kind === "record" ? input.fields : [];
  const others = fields.filter(({ name }) => name !== keyField);
  return others.length === fields.length
    ? { kind: "Stream", input, output }
    : { kind: "Mutation", input: { kind: "record", fields: others }, output };
};

const procedureKind = (type: ts.TypeNode): Procedure["kind"] | undefined => {
  const name = ts.isImportTypeNode(type) ? type.qualifier?.getText() : undefined;
  if (name === "TRPCQueryProcedure") return "Query";
  if (name === "TRPCMutationProcedure") return "Mutation";
  if (name === "TRPCSubscriptionProcedure") return "Subscription";
  return undefined;
};

const membersOf = (literal: ts.TypeLiteralNode): Map<string, ts.TypeNode> =>
  new Map(
    literal.members.flatMap((member) =>
      ts.isPropertySignature(member) && member.type
        ? [[member.name.getText(), member.type] satisfies [string, ts.TypeNode]]
        : [],
    ),
  );
