import type { Folder } from "./procedures.ts";
import { keyOf, type RecordShape, type Shape, splitNothing, type UnionShape } from "./shapes.ts";
import { fieldGroups, typeNames } from "./type-names.ts";
import { writeBody } from "./write-shapes.ts";

/** A type that is declared once; where it is part of longer records, these are written as extending it. */
export type SharedShape = { name: string; shape: Shape; isExtended: boolean };

/** The shared types by their keys. */
export type Shared = Map<string, SharedShape>;

/** A type that is no single word, with the places where it stands. */
type Known = { shape: RecordShape | UnionShape; places: string[] };

/** Decides which types get a name: the listed ones, and those that are shorter with one. */
export const chooseShared = (procedures: Folder): Shared => {
  const known = new Map<string, Known>();
  visitFolder(procedures, [], known);
  const shared = new Map([...fieldGroups].map(([name, names]) => findGroup(known, name, names)));
  for (const [place, name] of typeNames) shared.set(...findPlace(known, place, name));
  for (const [key, { shape, places }] of known) {
    const name = nameOfPlace(places[0] ?? "");
    const written = writeBody(shape, shared).length;
    if (!shared.has(key) && savedBytes({ name, uses: places.length, written }) > 0) {
      shared.set(key, { name, shape, isExtended: false });
    }
  }
  return shared;
};

const visitFolder = (folder: Folder, path: string[], known: Map<string, Known>): void => {
  for (const [name, entry] of folder) {
    const inner = [...path, name];
    if (entry instanceof Map) visitFolder(entry, inner, known);
    else {
      visit(entry.input, [...inner, "input"], known);
      visit(entry.output, [...inner, "output"], known);
    }
  }
};

/** Counts a type; what is inside of it is counted once, since it will be written once. */
const visit = (shape: Shape, path: string[], known: Map<string, Known>): void => {
  const { something } = splitNothing(shape);
  if (something.kind === "record" || something.kind === "union") {
    const place = path.join(".");
    const before = known.get(keyOf(something));
    if (before) return void before.places.push(place);
    known.set(keyOf(something), { shape: something, places: [place] });
  }
  for (const [name, part] of partsOf(something)) visit(part, [...path, ...name], known);
};

const partsOf = (shape: Shape): [name: string[], part: Shape][] => {
  switch (shape.kind) {
    case "record":
      return shape.fields.map(({ name, type }) => [[name], type]);
    case "union":
    case "generic":
      return shape.parts.map((part) => [[], part]);
    case "list":
      return [[[], shape.item]];
    case "text":
      return [];
  }
};

/** The fields of a group as they stand in the most records. */
const findGroup = (
  known: Map<string, Known>,
  name: string,
  names: readonly string[],
): [key: string, SharedShape] => {
  const found = [...known.values()].flatMap(({ shape }) => selectFields(shape, names));
  const sameFields = Object.values(Object.groupBy(found, keyOf));
  const [shape] = sameFields.sort((one, other) => (other?.length ?? 0) - (one?.length ?? 0))[0] ?? [];
  if (!shape) throw new Error(`No type has the fields of '${name}' in type-names.ts.`);
  return [keyOf(shape), { name, shape, isExtended: true }];
};

const selectFields = (shape: Shape, names: readonly string[]): RecordShape[] => {
  if (shape.kind !== "record") return [];
  const fields = shape.fields.filter((field) => names.includes(field.name));
  return fields.length === names.length ? [{ kind: "record", fields }] : [];
};

const findPlace = (known: Map<string, Known>, place: string, name: string): [key: string, SharedShape] => {
  const found = [...known].find(([, { places }]) => places.includes(place));
  if (!found) throw new Error(`No type stands at '${place}', which type-names.ts names '${name}'.`);
  const [key, { shape }] = found;
  return [key, { name, shape, isExtended: true }];
};

const savedBytes = ({ name, uses, written }: { name: string; uses: number; written: number }): number =>
  (uses - 1) * written - uses * name.length - `type ${name} = ;\n`.length;

/** `trainingData.summary.output` → `TrainingDataSummaryOutput` */
const nameOfPlace = (place: string): string =>
  place
    .split(".")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1).replace("?", ""))
    .join("");
