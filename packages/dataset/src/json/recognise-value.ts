import { dialogKeyOf } from "../dialogs/dialog-document.ts";
import { isTurn } from "../dialogs/turns.ts";
import { type RowFormatId, recogniseRow } from "../formats/row-formats.ts";
import type { JsonObject } from "./objects.ts";

/** `turn`: one turn of a dialog that is the whole file. */
export type JsonFormatId = RowFormatId | "dialog" | "turn";

/** The format of a file and the line that showed it. */
export type Recognised = { format: JsonFormatId; line: number };

/** What one object of a file is, by its keys. */
export const recogniseValue = (value: JsonObject): JsonFormatId | undefined => {
  if (dialogKeyOf(value) !== undefined) return "dialog";
  const format = recogniseRow(value);
  // A turn may have a key 'text' as well.
  if (format === undefined || format === "text-jsonl") return isTurn(value) ? "turn" : format;
  return format;
};
