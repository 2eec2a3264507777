/** Texts side by side, wrapped at words; every column is `width` characters wide. */
export const sideBySide = (columns: string[], width: number): string[] => {
  const wrapped = columns.map((text) => wrap(text, width));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, row) =>
    wrapped
      .map((lines) => (lines[row] ?? "").padEnd(width))
      .join("  │  ")
      .trimEnd(),
  );
};

const wrap = (text: string, width: number): string[] => {
  const lines = [""];
  for (const word of text.split(/\s+/).flatMap((each) => pieces(each, width))) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
};

const pieces = (word: string, width: number): string[] =>
  word.length <= width ? [word] : (word.match(new RegExp(`.{1,${width}}`, "gsu")) ?? []);
