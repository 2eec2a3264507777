import { expect, it } from "vitest";
import { errorCodes, errorEntry } from "../packages/errors/src/index.ts";

const page = (): string =>
  [
    "# Errors",
    "",
    "Every error carries a code of this table. Its message names the value that was wrong. *Again* means that the same",
    "request can succeed later (`retryable`). Written from `packages/errors/src/codes.json` by `npx vitest run docs -u`.",
    "",
    "| code | status | again | what to do |",
    "| --- | --- | --- | --- |",
    ...errorCodes.map(row),
    "",
  ].join("\n");

const row = (code: (typeof errorCodes)[number]): string => {
  const { status, retryable, remedy } = errorEntry(code);
  return `| \`${code}\` | ${status} | ${retryable ? "yes" : "no"} | ${remedy.replaceAll("|", "\\|")} |`;
};

it("lists every code of the table with its remedy", async () => {
  await expect(page()).toMatchFileSnapshot("./errors.md");
});
