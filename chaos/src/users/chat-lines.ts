/** Chats as a JSONL file; `mark` is a word that only this file holds. */
export const chatLines = (count: number, mark: string): string =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      messages: [
        { role: "user", content: `${mark} ${index}?` },
        { role: "assistant", content: `Aye, ${mark} ${index}.` },
      ],
    }),
  ).join("\n");
