import { canonicalSpeaker } from "../dialogs/turns.ts";

/** Messengers write the time before the name, and marks of the writing direction before both. */
const time =
  /^[\u200e\u200f\ufeff]*\[?\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? +\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[APap]\.?[Mm]\.?)?\]?(?: -)? +/u;
const name = /^([\p{L}\p{N}_@+][^\n:<>{}|=]{0,39}):(?:[ \t]+|$)/u;
/** Parts of a text that must begin with a name. */
const leastShare = 0.8;
const fewestSpeakers = 2;
const fewestTurns = 2;

/** The speaker and the words of a line `Name: text`; undefined where it begins no turn. */
export const parseSpeakerLine = (line: string): { speaker: string; content: string } | undefined => {
  const stripped = line.replace(time, "").replace(/^[\u200e\u200f]+/u, "");
  const [whole, speaker] = name.exec(stripped) ?? [];
  if (whole === undefined || speaker === undefined) return undefined;
  return { speaker: canonicalSpeaker(speaker), content: stripped.slice(whole.length) };
};

/** Whether a text is a conversation in lines `Name: text`; paragraphs of a turn may follow. */
export const looksLikeSpeakerLines = (head: string): boolean => {
  const lines = head.split("\n").filter(isText);
  const paragraphs = head.split(/\n[ \t\r]*\n/).filter(isText);
  const share = Math.max(shareOfTurns(lines), shareOfTurns(paragraphs));
  return share >= leastShare && hasConversation(lines);
};

const isText = (text: string): boolean => text.trim() !== "";

const shareOfTurns = (parts: string[]): number =>
  parts.filter((part) => parseSpeakerLine(part.trimStart())).length / Math.max(1, parts.length);

const hasConversation = (lines: string[]): boolean => {
  const turns = new Map<string, number>();
  for (const line of lines) {
    const turn = parseSpeakerLine(line);
    if (turn) turns.set(turn.speaker, (turns.get(turn.speaker) ?? 0) + 1);
  }
  return [...turns.values()].filter((count) => count >= fewestTurns).length >= fewestSpeakers;
};
