import { formatCount } from "./screen/formats.ts";

type Speaker = { name: string; replies: number };

const mostShown = 10;

/** `Ada (12 replies), Ben (10 replies)` */
export const speakerWords = (speakers: Speaker[]): string => {
  const shown = speakers.slice(0, mostShown).map(({ name, replies }) => `${name} (${repliesWord(replies)})`);
  const more = speakers.length - shown.length;
  return [...shown, ...(more > 0 ? [`${formatCount(more)} more`] : [])].join(", ");
};

const repliesWord = (count: number): string => `${formatCount(count)} ${count === 1 ? "reply" : "replies"}`;
