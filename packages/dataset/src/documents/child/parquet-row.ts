import { isUtf8 } from "node:buffer";

/** The message for one row: what JSON has no word for becomes what people write instead. */
export const rowMessage = (row: Record<string, unknown>, index: number): string =>
  JSON.stringify({ row, index }, (_, value: unknown) => plainValue(value));

/** JSON.stringify itself makes times ISO 8601 strings, and NaN and infinities null. */
const plainValue = (value: unknown): unknown => {
  if (value === undefined) return null;
  if (typeof value === "bigint") return plainInteger(value);
  if (value instanceof Uint8Array) return textOrBase64(value);
  if (ArrayBuffer.isView(value) && "length" in value) return Array.from(value as Float64Array);
  return value;
};

/** Old writers leave texts unmarked; what is no UTF-8 is an image or the like. */
const textOrBase64 = (bytes: Uint8Array): string =>
  isUtf8(bytes) ? Buffer.from(bytes).toString("utf8") : Buffer.from(bytes).toString("base64");

/** A number where it is exact, else its digits. */
const plainInteger = (value: bigint): number | string =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
