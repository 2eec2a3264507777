import type { Fault } from "./faults.ts";
import { asContext } from "./formats/answers.ts";
import type { CanonicalRow } from "./rows.ts";

export type TrainingMethod = "sft" | "dpo" | "orpo" | "kto" | "grpo";

/**
 * What a method makes of a row; nothing where it can't use it.
 *
 * SFT takes plain rows and texts, the answer that won of a pair, and answers labelled as good; of judged rows
 * only the judged answer is learnt. DPO and ORPO take pairs; KTO takes labelled answers, and both of a pair. GRPO
 * takes conversations that SFT would: what is before their last answer is the prompt, that answer the reference.
 */
export const rowsForMethod = (row: CanonicalRow, method: TrainingMethod): CanonicalRow[] => {
  if (method === "sft") return rowsForSft(row);
  if (method === "kto") return rowsForKto(row);
  if (method === "grpo") return rowsForGrpo(row);
  return row.rejected ? [row] : [];
};

/** The rows of one file that a method has no use for. */
export type UnusedRows = { first: CanonicalRow; rows: number };

/** Says that a method has no use for rows of a file, as a report lists it: once, at the first of them. */
export const unusedRowsFault = ({ first: { source }, rows }: UnusedRows, method: TrainingMethod): Fault => ({
  name: source.name,
  line: source.line,
  path: null,
  code: "row_unused_by_method",
  message:
    rows === 1
      ? `The method '${method}' has no use for this row.`
      : `The method '${method}' has no use for ${rows} rows of the file; this is the first.`,
});

const rowsForSft = (row: CanonicalRow): CanonicalRow[] => {
  if (row.label === false) return [];
  const { rejected: _, label: __, answerFrom, messages, ...plain } = row;
  if (!messages) return [row];
  if (answerFrom === undefined) return [row];
  const learnt = messages.map((message, at) => (at < answerFrom ? asContext(message) : message));
  return [{ messages: learnt, ...plain }];
};

const rowsForGrpo = ({ rejected: _, label, answerFrom: __, messages = [], ...rest }: CanonicalRow) => {
  const last = messages.findLastIndex(({ role, weight }) => role === "assistant" && weight !== 0);
  const reference = messages[last];
  if (label === false || reference === undefined) return [];
  return [{ ...rest, messages: [...messages.slice(0, last).map(asContext), reference] }];
};

const rowsForKto = (row: CanonicalRow): CanonicalRow[] => {
  if (row.label !== undefined) return [row];
  const { rejected, messages = [], answerFrom = 0, ...rest } = row;
  if (!rejected) return [];
  const prompt = messages.slice(0, answerFrom);
  return [
    { ...rest, messages, answerFrom, label: true },
    { ...rest, messages: [...prompt, ...rejected], answerFrom, label: false },
  ];
};
