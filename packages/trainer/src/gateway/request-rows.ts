import { join } from "node:path";
import { type CanonicalRow, canonicalRowSchema, rowsForMethod, type TrainingMethod } from "@loraloom/dataset";
import { LoraloomError } from "@loraloom/errors";
import type { AnswerOf } from "../engine/protocol.ts";
import { writeRows } from "../freeze/write-rows.ts";
import { requestFolder } from "./request-folder.ts";
import type { Serving } from "./serving.ts";

/** Rows of a request as tokenized files of the engine; they go with the request. */
export type RequestRows = AsyncDisposable & {
  folder: string;
  tokenizedPath: string;
  counts: AnswerOf<"tokenize">;
};

/**
 * Checks the rows of a request and has them tokenized as the method uses them.
 *
 * @throws LoraloomError `bad_input` naming the first row that is no canonical row
 */
export const tokenizeRequestRows = async (
  { engine, folder }: Serving,
  {
    rows,
    method,
    maxLength,
    templateVariables,
  }: {
    rows: unknown[];
    method: TrainingMethod;
    maxLength: number;
    templateVariables: Record<string, string>;
  },
): Promise<RequestRows> => {
  const checked = rows.map(checkRow).flatMap((row) => rowsForMethod(row, method));
  await using opened = new AsyncDisposableStack();
  const { path } = opened.use(await requestFolder({ folder }));
  const rowsPath = join(path, "rows.jsonl.gz");
  const tokenizedPath = join(path, "tokenized.jsonl.gz");
  await writeRows(checked, rowsPath);
  const counts = await engine.ask("tokenize", {
    rows_path: rowsPath,
    out_path: tokenizedPath,
    max_length: maxLength,
    over_length: "truncate",
    template_variables: templateVariables,
  });
  const resources = opened.move();
  return { folder: path, tokenizedPath, counts, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

const checkRow = (row: unknown, index: number): CanonicalRow => {
  const parsed = canonicalRowSchema.safeParse(row);
  if (parsed.success) return parsed.data;
  throw new LoraloomError(
    "bad_input",
    `rows[${index}] is no canonical row: ${parsed.error.issues[0]?.message}.`,
    {
      details: { index },
      cause: parsed.error,
    },
  );
};
