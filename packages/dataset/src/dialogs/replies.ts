import type { CanonicalMessage, RowContent } from "../rows.ts";

type Said = { speaker: string; content: string; line: number };
export type Reply = { content: RowContent; line: number };

/** Enough for any length that a base model reads; it keeps a file's rows in proportion to the file. */
const contextBytes = 64 * 1024;
/** What a turn takes beside its text, in a base model's template too. */
const turnBytes = 32;

/**
 * One row for each maximal run of a speaker's turns: the turns before it as context, the run as the reply
 * that is learnt. Every text stays as it is; turns that follow each other are joined by a line end.
 */
export function* repliesOf(turns: Said[], speaker: string): Generator<Reply> {
  const others = new Set(turns.map((turn) => turn.speaker).filter((name) => name !== speaker));
  const voices: Voices = { speaker, areNamed: others.size > 1 };
  for (let from = 0; from < turns.length; ) {
    const to = endOfRun(turns, from);
    const first = turns[from];
    if (first?.speaker === speaker) {
      yield { content: rowOf(turns, { from, to, voices }), line: first.line };
    }
    from = to;
  }
}

type Voices = { speaker: string; areNamed: boolean };

const endOfRun = (turns: Said[], from: number): number => {
  let to = from + 1;
  while (to < turns.length && turns[to]?.speaker === turns[from]?.speaker) to += 1;
  return to;
};

const rowOf = (
  turns: Said[],
  { from, to, voices }: { from: number; to: number; voices: Voices },
): RowContent => {
  const context = contextBefore(turns, from, voices);
  const reply: CanonicalMessage = { role: "assistant", content: joined(turns.slice(from, to)) };
  return {
    messages: [...context, reply],
    ...(context.length > 0 && { trimmable: context.length }),
  };
};

const joined = (turns: Said[]): string => turns.map(({ content }) => content).join("\n");

const contextBefore = (turns: Said[], end: number, voices: Voices): CanonicalMessage[] => {
  const messages: CanonicalMessage[] = [];
  for (const turn of recentTurns(turns, end)) append(messages, toMessage(turn, voices));
  return messages;
};

/** As many whole turns as fit; of the last one at least its end. */
const recentTurns = (turns: Said[], end: number): Said[] => {
  let start = end;
  let size = 0;
  while (start > 0) {
    const turn = turns[start - 1];
    const bytes = turn ? Buffer.byteLength(turn.content) + turnBytes : 0;
    if (size + bytes > contextBytes) break;
    size += bytes;
    start -= 1;
  }
  const nearest = turns[end - 1];
  if (start < end || !nearest) return turns.slice(start, end);
  return [{ ...nearest, content: endOf(nearest.content) }];
};

const endOf = (text: string): string => {
  const bytes = Buffer.from(text);
  let start = bytes.length - contextBytes;
  // Not in the middle of a character.
  while (((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start).toString();
};

const toMessage = ({ speaker, content }: Said, voices: Voices): CanonicalMessage => {
  if (speaker === voices.speaker) return { role: "assistant", content, weight: 0 };
  return { role: "user", content: voices.areNamed ? `${speaker}: ${content}` : content };
};

const append = (messages: CanonicalMessage[], message: CanonicalMessage): void => {
  const last = messages.at(-1);
  if (last?.role === message.role) last.content = `${last.content}\n${message.content}`;
  else messages.push(message);
};
