/** What the demo measured; `npm run demo -- --json` prints it as one line. */
export type Figures = {
  /** Mean loss over the held-out chats, in nats a token. */
  heldOutBefore: number;
  heldOutAfter: number;
  /** The file marked as not for training is in no frozen row. */
  excludedAbsent: boolean;
  /** The largest difference between plain PEFT's logits and the engine's. */
  peftMaxDiff: number;
  /** Of the steps alone, as the engine measured them. */
  trainSeconds: number;
  /** From the run's claim to its published version, and what the service said of it beforehand. */
  runSeconds: number;
  estimatedSeconds: number | null;
  totalSeconds: number;
  /** The peak memory of every process of the service and the demo, added up; null where it can't be read. */
  peakMemoryMB: number | null;
};

/** The held-out loss must fall by a tenth at least. */
const largestLossShare = 0.9;
const largestDifference = 1e-4;

/** The part by which the held-out loss fell; 0.1 is ten percent. */
export const lossFall = ({ heldOutBefore, heldOutAfter }: Figures): number =>
  1 - heldOutAfter / heldOutBefore;

/** What the demo promises and these figures don't keep, one sentence each. */
export const brokenPromises = (figures: Figures): string[] => {
  const broken: string[] = [];
  // Written so that a figure that is no number breaks its promise too.
  if (!(figures.heldOutAfter <= largestLossShare * figures.heldOutBefore)) {
    broken.push(
      `The held-out loss went from ${figures.heldOutBefore} to ${figures.heldOutAfter}; it must fall by 10 %.`,
    );
  }
  if (!figures.excludedAbsent) broken.push("The file marked as not for training is among the frozen rows.");
  if (!(figures.peftMaxDiff <= largestDifference)) {
    broken.push(`Plain PEFT's logits differ by ${figures.peftMaxDiff}, more than ${largestDifference}.`);
  }
  return broken;
};
