/** What training several at once measured; with `--json` it is printed as one line. */
export type ManyFigures = {
  runs: number;
  users: number;
  /** From the first start to the last published version. */
  togetherSeconds: number;
  aloneSeconds: number;
  adaptersPerHourTogether: number;
  adaptersPerHourAlone: number;
  /** Of each adapter against the same run alone: of every A and B the relative difference, of these the largest. */
  differences: Record<string, number>;
  totalSeconds: number;
  peakMemoryMB: number | null;
};

/** The bound of the engine's proofs for float32. */
const mostDifferent = 1e-3;

/** Each adapter has to be the one that its run makes alone; a sentence for each that is not. */
export const brokenEqualities = ({ differences }: ManyFigures): string[] =>
  Object.entries(differences)
    // Written so that a figure that is no number breaks its promise too.
    .filter(([, difference]) => !(difference <= mostDifferent))
    .map(
      ([label, difference]) =>
        `${label} differs by ${difference} from its run alone, more than ${mostDifferent}.`,
    );
