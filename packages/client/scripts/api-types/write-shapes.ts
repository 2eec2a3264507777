import type { Folder } from "./procedures.ts";
import {
  type Field,
  fieldKey,
  hasFields,
  keyOf,
  type RecordShape,
  type Shape,
  splitNothing,
} from "./shapes.ts";
import type { Shared } from "./shared-shapes.ts";

/** Fewer optional fields are shorter one by one. */
const fewestOptional = 2;

/** Declares every shared type. */
export const writeDeclarations = (shared: Shared): string =>
  [...shared]
    .map(([key, { name, shape }]) => `type ${name} = ${writeBody(shape, without(shared, key))};\n`)
    .join("");

const without = (shared: Shared, key: string): Shared =>
  new Map([...shared].filter(([other]) => other !== key));

export const writeFolder = (folder: Folder, shared: Shared): string => {
  const entries = [...folder].map(([name, entry]) => {
    if (entry instanceof Map) return `${name}: ${writeFolder(entry, shared)}`;
    return `${name}: ${entry.kind}<${write(entry.input, shared)}, ${write(entry.output, shared)}>`;
  });
  return `{ ${entries.join("; ")} }`;
};

const write = (shape: Shape, shared: Shared): string => {
  const { something, nothing } = splitNothing(shape);
  const name = shared.get(keyOf(something))?.name;
  return [name ?? writeBody(something, shared), ...nothing].join(" | ");
};

/** The text of a type, whose parts may be names. */
export const writeBody = (shape: Shape, shared: Shared): string => {
  switch (shape.kind) {
    case "record":
      return writeRecord(shape, shared);
    case "union":
      return writeUnion(shape.parts, shared);
    case "list":
      return writeList(write(shape.item, shared));
    case "generic":
      return `${shape.name}<${shape.parts.map((part) => write(part, shared)).join(", ")}>`;
    case "text":
      return shape.text;
  }
};

const writeList = (item: string): string => (/^\w+$|^{[^{}]*}$/.test(item) ? `${item}[]` : `(${item})[]`);

/** A record as the shared ones whose fields it has, and the rest of its fields. */
const writeRecord = (record: RecordShape, shared: Shared): string => {
  const longestFirst = [...shared].sort(([one], [other]) => other.length - one.length);
  const written: string[] = [];
  let rest = record;
  for (const [, { name, shape, isExtended }] of longestFirst) {
    if (!isExtended || shape.kind !== "record" || !hasFields(rest, shape)) continue;
    written.push(name);
    rest = withoutFields(rest, shape);
  }
  const { required, optional } = splitOptional(rest);
  if (required.length > 0) written.push(writeFields(required, shared));
  if (optional) written.push(`Optional<${writeRecord(optional, shared)}>`);
  return written.join(" & ") || "{}";
};

const withoutFields = (record: RecordShape, other: RecordShape): RecordShape => {
  const keys = new Set(other.fields.map(fieldKey));
  return { kind: "record", fields: record.fields.filter((field) => !keys.has(fieldKey(field))) };
};

/** Where many fields are optional, these as a record of required ones, whose fields may be shared too. */
const splitOptional = ({ fields }: RecordShape): { required: Field[]; optional?: RecordShape } => {
  const optional = fields.flatMap((field) => asRequired(field) ?? []);
  if (optional.length < fewestOptional) return { required: fields };
  const required = fields.filter((field) => !asRequired(field));
  return { required, optional: { kind: "record", fields: optional } };
};

const asRequired = ({ name, type }: Field): Field | undefined => {
  const parts = type.kind === "union" ? type.parts : [];
  const rest = parts.filter((part) => keyOf(part) !== "undefined");
  if (!name.endsWith("?") || rest.length === parts.length) return undefined;
  return { name: name.slice(0, -1), type: { kind: "union", parts: rest } };
};

const writeFields = (fields: Field[], shared: Shared): string =>
  `{ ${fields.map(({ name, type }) => `${name}: ${write(type, shared)}`).join("; ")} }`;

/** Records of a union, as the events of a run, often begin with the same fields: these stand once. */
const writeUnion = (parts: Shape[], shared: Shared): string => {
  const records = parts.filter((part) => part.kind === "record");
  const common = records.length === parts.length ? commonFields(records) : [];
  if (records.length < 3 || common.length < 2) return parts.map((part) => write(part, shared)).join(" | ");
  const base: RecordShape = { kind: "record", fields: common };
  const rest = records.map((record) => write(withoutFields(record, base), shared));
  return `${write(base, shared)} & (${rest.join(" | ")})`;
};

const commonFields = ([first, ...others]: RecordShape[]): Field[] =>
  (first?.fields ?? []).filter((field) =>
    others.every((other) => hasFields(other, { kind: "record", fields: [field] })),
  );
