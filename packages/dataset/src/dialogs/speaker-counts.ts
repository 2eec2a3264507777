import { FileFault } from "../faults.ts";
import type { ScanContext } from "../scan/scanned.ts";

/** Notes a turn of a speaker; `begins`: somebody else spoke before. @throws FileFault `too_large` */
export const countTurn = ({ facts, limits }: ScanContext, name: string, begins: boolean): void => {
  const count = facts.speakers.get(name) ?? { name, turns: 0, replies: 0, dialogs: 0 };
  count.turns += 1;
  if (begins) count.replies += 1;
  facts.speakers.set(name, count);
  if (facts.speakers.size > limits.speakersPerFile) {
    throw new FileFault("too_large", `The file has more than ${limits.speakersPerFile} speakers.`);
  }
};

/** Notes the end of a dialog in which these speak. */
export const countDialog = ({ facts }: ScanContext, speakers: Iterable<string>): void => {
  facts.dialogs += 1;
  for (const name of speakers) {
    const count = facts.speakers.get(name);
    if (count) count.dialogs += 1;
  }
};
