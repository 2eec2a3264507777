/**
 * A text of somebody else, safe for a terminal: a name or an answer could hold characters that move the
 * cursor or change colours. Line ends and tabs stay.
 */
export const printable = (text: string): string =>
  text.replaceAll(/\p{Cc}/gu, (character) =>
    character === "\n" || character === "\t" ? character : "\uFFFD",
  );

/** The same in one line. */
export const printableLine = (text: string): string => printable(text).replaceAll(/\s*[\n\t]\s*/g, " ");
