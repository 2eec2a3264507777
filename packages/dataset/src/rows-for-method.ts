import type { Fault } from "./faults.ts";
import type { CanonicalMessage, CanonicalRow } from "./rows.ts";

export type TrainingMethod = "sft" | "dpo" | "orpo" | "kto";

/**
 * What a method makes of a row; nothing where it can't use it.
 *
 * SFT takes plain rows and texts, the answer that won of a pair, and answers labelled as good; of judged rows
 * only the judged answer is learnt. DPO and ORPO take pairs; KTO takes labelled answers, and both of a pair.
 */
export const rowsForMethod = (row: CanonicalRow, method: TrainingMethod): CanonicalRow[] => {
  if (method === "sft") return rowsForSft(row);
  if (method === "kto") return rowsForKto(row);
  return row.rejected ? [row] : [];
};

/** Says that a method has no use for a row, as a report lists it. */
export const unusedRowFault = ({ source }: CanonicalRow, method: TrainingMethod): Fault => ({
  name: source.name,
  line: source.line,
  path: null,
  code: "row_unused_by_method",
  message: `The method '${method}' has no use for this row.`,
});

const rowsForSft = (row: CanonicalRow): CanonicalRow[] => {
  if (row.label === false) return [];
  const { rejected: _, label: __, answerFrom, messages, ...plain } = row;
  if (!messages) return [row];
  if (answerFrom === undefined) return [row];
  const learnt = messages.map((message, at) => (at < answerFrom ? asContext(message) : message));
  return [{ messages: learnt, ...plain }];
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

/** A reply that is there to be answered to, not to be learnt. */
const asContext = (message: CanonicalMessage): CanonicalMessage =>
  message.role === "assistant" ? { ...message, weight: 0 } : message;
