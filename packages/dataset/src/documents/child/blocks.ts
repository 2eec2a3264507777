import { blockCharacters } from "../document-limits.ts";
import type { BlockMessage } from "../reader-messages.ts";

export const blockJson = (block: BlockMessage["block"]): string => JSON.stringify({ block });

/** Pieces of at most `blockCharacters`, cut after a line, else after a space, else between two characters. */
export function* cutText(text: string): Generator<string> {
  let rest = text;
  while (rest.length > blockCharacters) {
    const end = findCut(rest);
    yield rest.slice(0, end);
    rest = rest.slice(end);
  }
  if (rest !== "") yield rest;
}

const findCut = (text: string): number => {
  for (const border of ["\n", " "]) {
    const at = text.lastIndexOf(border, blockCharacters - 1);
    if (at > blockCharacters / 2) return at + 1;
  }
  return isHighSurrogate(text.charCodeAt(blockCharacters - 1)) ? blockCharacters - 1 : blockCharacters;
};

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
