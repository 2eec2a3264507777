import { Dialog } from "../dialogs/dialog.ts";
import { dialogKeyOf, isServiceEntry } from "../dialogs/dialog-document.ts";
import { type RowFault, shownList, wrongType } from "../faults.ts";
import { knownFormats, titleOf } from "../formats/catalog.ts";
import type { ParseOptions } from "../formats/parsed-row.ts";
import { parseRow, type RowFormatId } from "../formats/row-formats.ts";
import type { ReadItem } from "../scan/batches.ts";
import type { ScanContext, Scanned } from "../scan/scanned.ts";
import { isObject, type JsonObject } from "./objects.ts";
import { type JsonFormatId, type Recognised, recogniseValue } from "./recognise-value.ts";

/** Where a value stands, and whether its texts are known to be whole Unicode. */
type Place = { line: number; index?: number } & Partial<ParseOptions>;

/** Reads the JSON values of one file, all of one format, into rows. */
export class JsonRows {
  private readonly context: ScanContext;
  private first: Recognised | undefined;
  /** A file whose values are turns is one dialog. */
  private turns: Dialog | undefined;

  /** `first`: what the head of the file showed. */
  constructor(context: ScanContext, first?: Recognised) {
    this.context = context;
    if (first) this.recognise(first);
  }

  /** One value: a line's, or an element's of a list, whose place in the list is `index`. */
  read(value: unknown, { line, index, isWellFormed = false }: Place): ReadItem {
    if (!isObject(value)) return this.faulty(line, [wrongType(null, "an object", value)]);
    const format = recogniseValue(value);
    if (!this.first && format) this.recognise({ format, line });
    if (!this.first) return this.faulty(line, [unknownRow(value)]);
    if (format && format !== this.first.format) return this.faulty(line, [mixed(format, this.first)]);
    if (this.first.format === "turn") return this.readTurn(value, { line, index });
    if (this.first.format === "dialog") return this.readDialog(value, line);
    return this.readRow(value, { line, isWellFormed, format: this.first.format });
  }

  faulty(line: number, faults: RowFault[]): Scanned {
    return { faults: faults.map((fault) => ({ name: this.context.name, line, ...fault })), rows: 1 };
  }

  /** What is known only at the end of the file: the replies of a file of turns. */
  *end(): Generator<Scanned[]> {
    if (this.turns && !this.turns.isEmpty) yield* this.turns.rows();
  }

  private recognise(first: Recognised): void {
    this.first = first;
    // A table's or a container's own format stays.
    this.context.facts.format ??= first.format === "turn" ? "dialog" : first.format;
  }

  private readRow(
    value: JsonObject,
    { line, isWellFormed, format }: Required<Omit<Place, "index">> & { format: RowFormatId },
  ): Scanned {
    const parsed = parseRow(format, value, { isWellFormed });
    if ("faults" in parsed) return this.faulty(line, parsed.faults);
    return { row: { ...parsed.content, source: { name: this.context.name, line } } };
  }

  private readTurn(value: JsonObject, { line, index }: { line: number; index?: number }): ReadItem {
    if (isServiceEntry(value)) return undefined;
    this.turns ??= new Dialog(this.context, line);
    return this.turns.add(value, { line, path: index === undefined ? null : `[${index}]` });
  }

  private *readDialog(value: JsonObject, line: number): Generator<Scanned[]> {
    const key = dialogKeyOf(value) ?? "dialog";
    const list = value[key];
    const { speaker } = value;
    if (!Array.isArray(list)) {
      yield [this.faulty(line, [wrongType(key, "a list", list)])];
    } else if (list.length === 0) {
      yield [this.faulty(line, [{ path: key, code: "empty_messages", message: `${key} is empty.` }])];
    } else {
      const dialog = new Dialog(this.context, line);
      yield list.flatMap((entry, at) =>
        isServiceEntry(entry) ? [] : [dialog.add(entry, { line, path: `${key}[${at}]` })],
      );
      if (!dialog.isEmpty) yield* dialog.rows(typeof speaker === "string" ? speaker : undefined);
    }
  }
}

const mixed = (format: JsonFormatId, first: Recognised): RowFault => ({
  path: null,
  code: "mixed_formats",
  message: `The row is ${inWords(format)}, but line ${first.line} is ${inWords(first.format)}.`,
});

const inWords = (format: JsonFormatId): string => (format === "turn" ? "a dialog's turn" : titleOf(format));

const unknownRow = (value: JsonObject): RowFault => ({
  path: null,
  code: "unknown_format",
  message: `The row has the keys ${shownList(Object.keys(value)) || "of an empty object"}; no known format has them. Known are ${knownFormats()}.`,
});
