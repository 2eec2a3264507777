import { printableLine } from "../screen/printable.ts";
import type { Run } from "./follow-run.ts";

/** Why a run waits; `undefined` where its place in the queue says it. */
export const waitingWords = ({ waiting }: Pick<Run, "waiting">): string | undefined =>
  waiting && waiting.reason !== "turn" ? printableLine(waiting.message) : undefined;
