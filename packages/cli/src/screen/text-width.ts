import measure from "fast-string-truncated-width";

/** Columns that a text takes on a terminal; an emoji takes two. */
export const widthOf = (text: string): number => measure(text).width;

/** The text in at most so many columns; what is cut off shows as `…`. */
export const cutTo = (text: string, columns: number): string => {
  const { truncated, ellipsed, index } = measure(text, { limit: columns, ellipsis: "…" });
  if (!truncated) return text;
  return `${text.slice(0, index)}${ellipsed ? "…" : ""}`;
};

/** The text in exactly so many columns. */
export const fitTo = (text: string, columns: number): string => {
  const cut = cutTo(text, columns);
  return cut + " ".repeat(Math.max(0, columns - widthOf(cut)));
};
