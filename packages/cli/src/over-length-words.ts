import { formatCount, plural } from "./screen/formats.ts";

type OverLength = { rows: number; maxLength: number; handling: "drop" | "truncate" | "raise" };

const handlingWords = {
  drop: "are left out",
  truncate: "are cut there",
  raise: "make the run fail",
};

/** How many rows are too long for a run, and what it does with them. */
export const overLengthWords = ({ rows, maxLength, handling }: OverLength): string =>
  `${plural(rows, "row")} longer than ${formatCount(maxLength)} tokens; such rows ${handlingWords[handling]}`;
