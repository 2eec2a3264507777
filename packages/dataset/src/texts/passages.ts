import { countLines } from "../bytes/utf8-text.ts";

/** A part of a document that is one row. `line` is its first. */
export type Passage = { text: string; line: number };

/** Enough for any length that a base model reads, little enough to be cut further by tokens. */
const passageBytes = 32 * 1024;
/** Where a text may be cut, the best place first; the cut is after the match. */
const borders = [/\n[ \t\r]*\n/g, /\n/g, /[.!?。！？]["'”’)\]]*\s/gu, /\s/g];

/** Cuts a text, whatever its pieces, into passages of up to 32 KiB at the borders of its paragraphs. */
export class Passages {
  private text = "";
  private line = 1;

  *push(piece: string): Generator<Passage> {
    this.text += piece;
    while (Buffer.byteLength(this.text) > passageBytes) yield* this.take(cutPlace(this.text));
  }

  *end(): Generator<Passage> {
    yield* this.take(this.text.length);
  }

  private *take(end: number): Generator<Passage> {
    const whole = this.text.slice(0, end);
    this.text = this.text.slice(end);
    const blank = /^(?:[^\S\n]*\n)*/.exec(whole)?.[0] ?? "";
    const text = whole.slice(blank.length).trimEnd();
    if (text.trim() !== "") yield { text, line: this.line + countLines(blank) };
    this.line += countLines(whole);
  }
}

/** The last good border that the limit allows; without one, between two characters. */
const cutPlace = (text: string): number => {
  const most = longestStart(text);
  const start = text.slice(0, most);
  for (const border of borders) {
    const last = [...start.matchAll(border)].at(-1);
    // A border near the beginning would make crumbs of a long paragraph.
    if (last && last.index > most / 4) return last.index + last[0].length;
  }
  return most;
};

/** How many code units fit, never through a pair. */
const longestStart = (text: string): number => {
  const bytes = Buffer.from(text.slice(0, passageBytes));
  let end = Math.min(passageBytes, bytes.length);
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString().length;
};
