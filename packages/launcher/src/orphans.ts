import type { RecordedPart } from "./part.ts";
import { endProcessGroup, sendSignal } from "./process-group.ts";
import { isAlive, readStartTime } from "./process-identity.ts";
import { waitUntil } from "./wait-until.ts";

/** The engine of a killed worker notices that its input ended and saves its work. */
export const leftoverGraceMs = 10_000;

/**
 * Ends what a killed launcher left running, in the order of a clean stop: who uses a part goes before it.
 *
 * @param parts in the order in which they were started
 */
export const endOrphans = async (parts: RecordedPart[], report: (line: string) => void): Promise<void> => {
  for (const part of parts.toReversed()) await endOrphan(part, report);
};

const endOrphan = async (part: RecordedPart, report: (line: string) => void): Promise<void> => {
  if (await isAlive(part)) {
    report(`Ending ${part.name} (process ${part.pid}), which an earlier launcher left behind.`);
    sendSignal(part.pid, part.stopSignal);
    await waitUntil(async () => !(await isAlive(part)), part.stopTimeoutMs);
    await endProcessGroup(part.pid, 0);
    return;
  }
  // A number that is in use again belongs to somebody else, and so does the group of that number.
  if ((await readStartTime(part.pid)) === null) await endProcessGroup(part.pid, leftoverGraceMs);
};
