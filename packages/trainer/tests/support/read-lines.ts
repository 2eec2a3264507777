type Line = { type: string; text?: string; error?: { code: string; message: string } } & Record<
  string,
  unknown
>;

/** The lines of a gateway's answer as they come. */
export async function* readLines(answer: Response): AsyncGenerator<Line> {
  let rest = "";
  for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}

/** The whole text of a sampled answer and its last line. */
export const readSample = async (answer: Response): Promise<{ text: string; last: Line | undefined }> => {
  const lines = await Array.fromAsync(readLines(answer));
  return { text: lines.map(({ text }) => text ?? "").join(""), last: lines.at(-1) };
};
