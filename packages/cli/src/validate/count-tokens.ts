import type { StoredFile } from "@loraloom/client";
import { openDataset } from "../folders/dataset-folder.ts";
import { readAllPages } from "../read-all-pages.ts";
import type { Session } from "../session.ts";
import type { Choice } from "./choice.ts";

/** Of the files' reports together, as a run reads them that is told nothing. */
export type Tokens = {
  total: number;
  /** Those that are learnt. */
  trained: number;
  longest: number;
  /** Rows that are longer than the usual length. */
  overLength: number;
  /** Files that nobody has counted yet, or not for this speaker. */
  uncountedFiles: number;
};

/** The tokens of the chosen training files, by the base model's tokenizer. */
export const countTokens = async (
  session: Session,
  choice: Choice,
  speaker: string | undefined,
): Promise<Tokens> => {
  const files = await chosenFiles(session, choice);
  const readable = files.filter(({ report }) => report && report.usableRows > 0);
  return readable.reduce((sum, file) => add(sum, file, speaker), noTokens);
};

const noTokens: Tokens = { total: 0, trained: 0, longest: 0, overLength: 0, uncountedFiles: 0 };

const chosenFiles = async (session: Session, { names, filter }: Choice): Promise<StoredFile[]> => {
  const folder = openDataset(session, "training_data");
  const files = await readAllPages(async (page) => {
    const listed = await folder.list({ filter: names ? "all" : filter, ...page });
    return { rows: listed.files, nextCursor: listed.nextCursor };
  });
  const chosen = names && new Set(names);
  return chosen ? files.filter(({ name }) => chosen.has(name)) : files;
};

/** A dialog is read for another speaker than its counts are of. */
const add = (sum: Tokens, { report }: StoredFile, speaker: string | undefined): Tokens => {
  const isOfReading = speaker === undefined || report?.dialogs === 0;
  if (!report?.tokens || !isOfReading) return { ...sum, uncountedFiles: sum.uncountedFiles + 1 };
  const { total, trained, longest, overLength } = report.tokens;
  return {
    ...sum,
    total: sum.total + total,
    trained: sum.trained + trained,
    longest: Math.max(sum.longest, longest),
    overLength: sum.overLength + overLength,
  };
};
