import { blocks } from "../bytes/blocks.ts";
import { batches, paced, type ReadItem } from "../scan/batches.ts";
import type { ScanContext, Scanned } from "../scan/scanned.ts";
import { JsonRows } from "./json-rows.ts";
import { type JsonPiece, JsonSplitter } from "./json-splitter.ts";
import { strayText, valueOfPiece } from "./piece-value.ts";

/** One JSON list of rows, or of a dialog's turns, element by element. */
export async function* readJsonList(
  context: ScanContext,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Scanned[]> {
  const { pacer, limits } = context;
  const rows = new JsonRows(context);
  const splitter = new JsonSplitter(limits.rowBytes);
  for await (const block of blocks(bytes)) {
    yield* batches(pacer, splitter.push(block), (piece) => readPiece(rows, piece, limits.rowBytes));
  }
  yield* paced(pacer, rows.end());
  splitter.end();
}

const readPiece = (rows: JsonRows, piece: JsonPiece, rowBytes: number): ReadItem => {
  if (piece.kind === "end") return undefined;
  if (piece.kind !== "element") throw strayText(piece.line);
  const result = valueOfPiece(piece.bytes, rowBytes);
  if ("fault" in result) return rows.faulty(piece.line, [result.fault]);
  return rows.read(result.value, { line: piece.line, index: piece.index });
};
