import { blocks } from "../bytes/blocks.ts";
import { Dialog } from "../dialogs/dialog.ts";
import { isServiceEntry } from "../dialogs/dialog-document.ts";
import { batches, type ReadItem } from "../scan/batches.ts";
import type { ScanContext, Scanned } from "../scan/scanned.ts";
import { JsonRows } from "./json-rows.ts";
import { type JsonPiece, JsonSplitter } from "./json-splitter.ts";
import { isObject } from "./objects.ts";
import { strayText, valueOfPiece } from "./piece-value.ts";
import type { Recognised } from "./recognise-value.ts";

/** Objects over any number of lines, after each other. A dialog may be larger than a row: it is read by turns. */
export async function* readJsonDocuments(
  context: ScanContext,
  bytes: AsyncIterable<Uint8Array>,
  first?: Recognised,
): AsyncGenerator<Scanned[]> {
  const { pacer, limits } = context;
  const documents = new Documents(context, first);
  const splitter = new JsonSplitter(limits.rowBytes);
  for await (const block of blocks(bytes)) {
    yield* batches(pacer, splitter.push(block), (piece) => documents.read(piece));
  }
  splitter.end();
}

/** Puts the pieces of each object together again, but for a dialog's turns. */
class Documents {
  private readonly context: ScanContext;
  private readonly rows: JsonRows;
  private readonly isDialogs: boolean;
  private members = new Map<string, unknown>();
  private size = 0;
  private dialog: Dialog | undefined;
  private isFaulty = false;

  constructor(context: ScanContext, first: Recognised | undefined) {
    this.context = context;
    this.rows = new JsonRows(context, first);
    this.isDialogs = first?.format === "dialog";
  }

  read(piece: JsonPiece): ReadItem {
    if (piece.kind === "end") return this.end(piece.line);
    if (piece.kind === "stray") throw strayText(piece.line);
    if (piece.kind === "element" && this.isTurn(piece.key)) return this.readTurn(piece);
    this.size += piece.bytes?.length ?? 0;
    const whole = this.size > this.context.limits.rowBytes ? undefined : piece.bytes;
    const result = valueOfPiece(whole && memberOf(piece, whole), this.context.limits.rowBytes);
    if ("fault" in result) return this.fail(this.rows.faulty(piece.line, [result.fault]));
    this.add(piece, result.value);
    return undefined;
  }

  private isTurn(key: string | null): boolean {
    return this.isDialogs && (key === "dialog" || key === "messages");
  }

  private readTurn(piece: JsonPiece & { kind: "element" }): ReadItem {
    const { key, index, line, bytes } = piece;
    const result = valueOfPiece(bytes, this.context.limits.rowBytes);
    if ("fault" in result) return { ...this.rows.faulty(line, [result.fault]), rows: 0 };
    if (isServiceEntry(result.value)) return undefined;
    this.dialog ??= new Dialog(this.context, line);
    return this.dialog.add(result.value, { line, path: `${key}[${index}]` });
  }

  private add(piece: JsonPiece, value: unknown): void {
    if (piece.kind === "element" && piece.key !== null) {
      const list = this.members.get(piece.key);
      if (Array.isArray(list)) list.push(value);
      else this.members.set(piece.key, [value]);
    } else if (isObject(value)) {
      for (const [key, member] of Object.entries(value)) this.members.set(key, member);
    }
  }

  /** A row with a bad piece is one bad row, however many pieces follow. */
  private fail(faults: Scanned): ReadItem {
    if (this.isFaulty) return undefined;
    this.isFaulty = true;
    return faults;
  }

  private end(line: number): ReadItem {
    const { members, dialog, isFaulty } = this;
    this.members = new Map();
    this.size = 0;
    this.dialog = undefined;
    this.isFaulty = false;
    if (dialog) {
      const own = members.get("speaker");
      return dialog.isEmpty ? undefined : dialog.rows(typeof own === "string" ? own : undefined);
    }
    return isFaulty ? undefined : this.rows.read(Object.fromEntries(members), { line });
  }
}

/** A member stands as `"key": value`. */
const memberOf = (piece: JsonPiece, bytes: Buffer): Buffer =>
  piece.kind === "member" ? Buffer.concat([Buffer.from("{"), bytes, Buffer.from("}")]) : bytes;
