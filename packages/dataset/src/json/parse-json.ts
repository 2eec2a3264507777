import { printable } from "../faults.ts";

/** The value of a JSON text, or why it is none, in printable words. */
export const parseJson = (text: string): { value: unknown } | { reason: string } => {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { reason: printable(error.message) };
    throw error;
  }
};
