/** A run of characters as pdfjs gives it: `transform[5]` is its height on the page, upwards. */
export type TextRun = { str: string; hasEOL: boolean; transform: number[] };

type TextLine = { text: string; y: number };

/** Lines further apart than this many times the page's usual distance begin a paragraph. */
const paragraphGap = 1.3;

/** A page's text: one line a line, a blank line between paragraphs. */
export const pageText = (runs: TextRun[]): string => {
  const lines = joinRuns(runs).filter(({ text }) => text.trim() !== "");
  const usual = medianGap(lines);
  const parted = lines.map((line, at) => borderBefore(lines[at - 1], line, usual) + line.text.trimEnd());
  // Fonts with a broken character map give NUL and halves of pairs, which are no text.
  return parted.join("").replaceAll("\0", "").toWellFormed();
};

const joinRuns = (runs: TextRun[]): TextLine[] => {
  const lines: TextLine[] = [];
  let current: TextLine | undefined;
  for (const { str, hasEOL, transform } of runs) {
    current ??= { text: "", y: transform[5] ?? 0 };
    current.text += str;
    if (!hasEOL) continue;
    lines.push(current);
    current = undefined;
  }
  if (current) lines.push(current);
  return lines;
};

const borderBefore = (previous: TextLine | undefined, line: TextLine, usual: number): string => {
  if (!previous) return "";
  return Math.abs(previous.y - line.y) > usual * paragraphGap ? "\n\n" : "\n";
};

const medianGap = (lines: TextLine[]): number => {
  const gaps = lines.slice(1).map((line, at) => Math.abs((lines[at]?.y ?? 0) - line.y));
  const ordered = gaps.filter((gap) => gap > 0).sort((left, right) => left - right);
  return ordered[Math.floor((ordered.length - 1) / 2)] ?? Number.POSITIVE_INFINITY;
};
