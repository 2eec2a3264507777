import { pairAnswers } from "./ask-questions.ts";
import { sideBySide } from "./columns.ts";
import type { Screen } from "./screen.ts";

const columnWidth = 46;

/** Prints the same questions' answers before and after, side by side. */
export const showAnswers = (screen: Screen, before: string[], after: string[]): void => {
  const row = (...columns: string[]) => {
    for (const line of sideBySide(columns, columnWidth)) screen.line(`   ${line}`);
  };
  row("BEFORE (base model)", "AFTER (with the adapter)");
  for (const pair of pairAnswers(before, after)) {
    screen.line(`\n   > ${pair.question}`);
    row(pair.before, pair.after);
  }
};
