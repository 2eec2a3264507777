import ts from "typescript";

/** A field of a record; the name of an optional one ends in `?`. */
export type Field = { name: string; type: Shape };

export type RecordShape = { kind: "record"; fields: Field[] };

export type UnionShape = { kind: "union"; parts: Shape[] };

/** A type as far as it has to be understood to be shortened. */
export type Shape =
  | RecordShape
  | UnionShape
  | { kind: "list"; item: Shape }
  | { kind: "generic"; name: string; parts: Shape[] }
  | { kind: "text"; text: string };

/** @throws what users of the client could not resolve: anything imported but tRPC's own `TrackedData` */
export const readShape = (node: ts.TypeNode): Shape => {
  if (ts.isTypeLiteralNode(node)) return { kind: "record", fields: readFields(node) };
  if (ts.isUnionTypeNode(node)) return { kind: "union", parts: node.types.map(readShape) };
  if (ts.isArrayTypeNode(node)) return { kind: "list", item: readShape(node.elementType) };
  if (ts.isParenthesizedTypeNode(node)) return readShape(node.type);
  if (ts.isImportTypeNode(node)) return readGeneric(node, importedName(node));
  if (ts.isTypeReferenceNode(node) && node.typeArguments) return readGeneric(node, node.typeName.getText());
  return { kind: "text", text: node.getText() };
};

const readFields = (node: ts.TypeLiteralNode): Field[] =>
  node.members.map((member) => {
    if (!ts.isPropertySignature(member) || !member.type) {
      throw new Error(`'${member.getText()}' is not a field.`);
    }
    return {
      name: member.name.getText() + (member.questionToken ? "?" : ""),
      type: readShape(member.type),
    };
  });

const readGeneric = (node: ts.NodeWithTypeArguments, name: string): Shape => ({
  kind: "generic",
  name,
  parts: (node.typeArguments ?? []).map(readShape),
});

const importedName = (node: ts.ImportTypeNode): string => {
  const name = node.qualifier?.getText();
  if (name === "TrackedData") return name;
  throw new Error(`'${node.getText()}' is not there for users of the client.`);
};

/** The same text for the same type, whatever the order of its fields or parts. */
export const keyOf = (shape: Shape): string => {
  switch (shape.kind) {
    case "record":
      return `{ ${shape.fields.map(fieldKey).sort().join("; ")} }`;
    case "union":
      return shape.parts.map(keyOf).sort().join(" | ");
    case "list":
      return `(${keyOf(shape.item)})[]`;
    case "generic":
      return `${shape.name}<${shape.parts.map(keyOf).join(", ")}>`;
    case "text":
      return shape.text;
  }
};

export const fieldKey = ({ name, type }: Field): string => `${name}: ${keyOf(type)}`;

/** Whether a record has every field of another, each of the same type. */
export const hasFields = (record: RecordShape, other: RecordShape): boolean => {
  const keys = new Set(record.fields.map(fieldKey));
  return other.fields.every((field) => keys.has(fieldKey(field)));
};

/** Parts a type from the `null` and the `undefined` that it may be instead. */
export const splitNothing = (shape: Shape): { something: Shape; nothing: string[] } => {
  const parts = shape.kind === "union" ? shape.parts : [shape];
  const nothing = parts.flatMap((part) => (isNothing(part) ? [part.text] : []));
  const rest = parts.filter((part) => !isNothing(part));
  const [only] = rest;
  if (only && rest.length === 1) return { something: only, nothing };
  return nothing.length === 0 || !only
    ? { something: shape, nothing: [] }
    : { something: { kind: "union", parts: rest }, nothing };
};

const isNothing = (shape: Shape): shape is { kind: "text"; text: string } =>
  shape.kind === "text" && ["null", "undefined"].includes(shape.text);
