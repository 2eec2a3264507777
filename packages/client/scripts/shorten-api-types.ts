/**
 * Shortens the types of the server's procedures as tsc has written them, where every procedure repeats the
 * whole of its input and output: `node scripts/shorten-api-types.ts`, after `tsc -p tsconfig.api-types.json`.
 * A type that stands there more than once gets a name. The result imports nothing but tRPC.
 */
import { readFileSync, writeFileSync } from "node:fs";
import ts from "typescript";

const folder = new URL("../dist/api-types/", import.meta.url);

/** Shorter types are easier to read where they stand. */
const shortestNamed = 60;

const heading = `import type {
  TRPCDefaultErrorShape,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCSubscriptionProcedure,
} from "@trpc/server";

type Definition<Input, Output> = { input: Input; output: Output; meta: object; errorShape: TRPCDefaultErrorShape };
type Query<Input, Output> = TRPCQueryProcedure<Definition<Input, Output>>;
type Mutation<Input, Output> = TRPCMutationProcedure<Definition<Input, Output>>;
type Subscription<Input, Output> = TRPCSubscriptionProcedure<Definition<Input, Output>>;
/** What tRPC makes of an event with an id. */
type TrackedData<Data> = { id: string; data: Data };
`;

type Names = { counts: Map<string, number>; names: Map<string, string>; declarations: string[] };

const main = (): void => {
  const source = readFileSync(new URL("router/src/procedures.d.ts", folder), "utf8");
  const file = ts.createSourceFile("procedures.d.ts", source, ts.ScriptTarget.Latest, true);
  const counts = new Map<string, number>();
  countTypes(file, counts);
  const names: Names = { counts, names: new Map(), declarations: [] };
  const record = writeRecord(recordOf(file), [], names);
  const api = `export type ApiProcedures = ${record};\n`;
  writeFileSync(new URL("procedures.d.ts", folder), [heading, ...names.declarations, api].join("\n"));
};

const countTypes = (node: ts.Node, counts: Map<string, number>): void => {
  if (ts.isTypeLiteralNode(node)) counts.set(compact(node), (counts.get(compact(node)) ?? 0) + 1);
  ts.forEachChild(node, (child) => countTypes(child, counts));
};

const compact = (node: ts.Node): string => node.getText().replace(/\s+/g, " ");

/** The type of the variable `procedures`. */
const recordOf = (file: ts.SourceFile): ts.TypeLiteralNode => {
  const statement = file.statements.find(ts.isVariableStatement);
  const type = statement?.declarationList.declarations[0]?.type;
  if (type && ts.isTypeLiteralNode(type)) return type;
  throw new Error("procedures.d.ts does not declare one record of procedures.");
};

const writeRecord = (record: ts.TypeLiteralNode, path: string[], names: Names): string => {
  const entries = properties(record).map(([name, type]) => {
    const entry = ts.isTypeLiteralNode(type)
      ? writeRecord(type, [...path, name], names)
      : writeProcedure(type, [...path, name], names);
    return `${name}: ${entry};\n`;
  });
  return `{\n${entries.join("")}}`;
};

const writeProcedure = (type: ts.TypeNode, path: string[], names: Names): string => {
  const definition = ts.isImportTypeNode(type) ? type.typeArguments?.[0] : undefined;
  const kind = /TRPC(Query|Mutation|Subscription)Procedure/.exec(type.getText())?.[1];
  if (!definition || !ts.isTypeLiteralNode(definition) || !kind) {
    throw new Error(`${path.join(".")} is not a procedure.`);
  }
  const parts = new Map(properties(definition));
  const part = (name: "input" | "output") => writeType(parts.get(name), [...path, name], names);
  return `${kind}<${part("input")}, ${part("output")}>`;
};

const properties = (literal: ts.TypeLiteralNode): [string, ts.TypeNode][] =>
  literal.members.flatMap((member) =>
    ts.isPropertySignature(member) && member.type
      ? [[member.name.getText(), member.type] satisfies [string, ts.TypeNode]]
      : [],
  );

/** The text of a type, in which every repeated part is a name. */
const writeType = (node: ts.Node | undefined, path: string[], names: Names): string => {
  if (!node) throw new Error(`${path.join(".")} has no type.`);
  const text = compact(node);
  const isNamed =
    ts.isTypeLiteralNode(node) && (names.counts.get(text) ?? 0) > 1 && text.length >= shortestNamed;
  return isNamed ? nameType(node, path, names) : writeParts(node, path, names);
};

const nameType = (node: ts.Node, path: string[], names: Names): string => {
  const text = compact(node);
  const known = names.names.get(text);
  if (known) return known;
  const name = path.map((part) => part[0]?.toUpperCase() + part.slice(1)).join("");
  names.names.set(text, name);
  names.declarations.push(`type ${name} = ${writeParts(node, path, names)};`);
  return name;
};

const writeParts = (node: ts.Node, path: string[], names: Names): string => {
  if (ts.isImportTypeNode(node)) return writeImported(node, path, names);
  const source = node.getSourceFile().text;
  const inner = ts.isPropertySignature(node) ? [...path, node.name.getText()] : path;
  let written = "";
  let position = node.getStart();
  ts.forEachChild(node, (child) => {
    written += source.slice(position, child.getStart()) + writeType(child, inner, names);
    position = child.end;
  });
  return (written + source.slice(position, node.end)).replace(/\s+/g, " ");
};

/** The one imported type inside of a procedure is declared in the heading. */
const writeImported = (node: ts.ImportTypeNode, path: string[], names: Names): string => {
  const [argument] = node.typeArguments ?? [];
  if (node.qualifier?.getText() !== "TrackedData" || !argument) {
    throw new Error(`${path.join(".")} imports ${compact(node)}, which users of the client do not have.`);
  }
  return `TrackedData<${writeType(argument, path, names)}>`;
};

main();
