import { printable } from "../faults.ts";

/** The value of a JSON text, or why it is none, in printable words. */
export const parseJson = (text: string): { value: unknown } | { reason: string } => {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { reason: reasonOf(error) };
    throw error;
  }
};

/** Without the parser's own line, which counts from the beginning of this text and not of the file. */
const reasonOf = (error: SyntaxError): string =>
  printable(error.message).replace(/ \(line \d+ column \d+\)$/, "");
