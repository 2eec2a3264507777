import { readRows, writeRows } from "./rows.ts";
import type { Request } from "./wire.ts";

/** A token is a byte of the row. */
export const tokenize = async ({ rows_path, out_path }: Request & { type: "tokenize" }) => {
  const rows = await readRows(rows_path);
  const tokens = rows.map((row) => [...Buffer.from(JSON.stringify(row))]);
  if (out_path !== null)
    await writeRows(
      out_path,
      tokens.map((ids) => ({ input_ids: ids, labels: ids })),
    );
  const lengths = tokens.map(({ length }) => length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return {
    rows: rows.length,
    examples: rows.length,
    tokens_total: total,
    tokens_trained: total,
    longest: Math.max(...lengths),
    longest_prompt: 0,
    by_length: [...Map.groupBy(lengths, (length) => length)].map(([length, same]) => [length, same.length]),
    dropped: 0,
    truncated: 0,
    trimmed: 0,
    skipped_count: 0,
    skipped: [],
  };
};
