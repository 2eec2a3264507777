import { expect, it } from "vitest";
import { errorCodes, errorEntry } from "../packages/errors/src/index.ts";

const page = (): string =>
  [
    "# Errors",
    "",
    "Every error carries a code of this table. Its message names the value that was wrong. _Again_ means that the same",
    "request can succeed later (`retryable`). Written from `packages/errors/src/codes.json` by `npx vitest run docs -u`.",
    "",
    ...table([["code", "status", "again", "what to do"], ...errorCodes.map(cells)]),
    "",
  ].join("\n");

const cells = (code: (typeof errorCodes)[number]): string[] => {
  const { status, retryable, remedy } = errorEntry(code);
  return [`\`${code}\``, String(status), retryable ? "yes" : "no", remedy.replaceAll("|", "\\|")];
};

/** In even columns, as the formatter wants it. */
const table = (rows: string[][]): string[] => {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [head = "", ...body] = rows.map(line);
  return [head, line(widths.map((width) => "-".repeat(width))), ...body];
};

it("lists every code of the table with its remedy", async () => {
  await expect(page()).toMatchFileSnapshot("./errors.md");
});
