import type { Screen } from "../screen.ts";
import { brokenEqualities, type ManyFigures } from "./figures.ts";

/** Prints the figures, and each adapter that is not the one that its run makes alone. */
export const showManyFigures = (screen: Screen, figures: ManyFigures): void => {
  screen.step("Figures");
  for (const line of [...rateLines(figures), ...costLines(figures), ...verdictLines(figures)])
    screen.line(`   ${line}`);
};

const rateLines = (figures: ManyFigures): string[] => {
  const { runs, togetherSeconds, aloneSeconds, adaptersPerHourTogether, adaptersPerHourAlone } = figures;
  const rate = (perHour: number) => `${Math.round(perHour)} adapters an hour`;
  const times = (adaptersPerHourTogether / adaptersPerHourAlone).toFixed(2);
  return [
    `${runs} at once      ${togetherSeconds.toFixed(1)} s: ${rate(adaptersPerHourTogether)}, ${times} times as many as`,
    `one at a time  ${aloneSeconds.toFixed(1)} s: ${rate(adaptersPerHourAlone)}`,
  ];
};

const costLines = ({ totalSeconds, peakMemoryMB }: ManyFigures): string[] => [
  `in all         ${totalSeconds.toFixed(1)} s`,
  ...(peakMemoryMB === null
    ? []
    : [`peak memory    ${peakMemoryMB} MB, the peaks of all processes added up`]),
];

const verdictLines = (figures: ManyFigures): string[] => {
  const broken = brokenEqualities(figures);
  if (broken.length > 0) return broken.map((promise) => `BROKEN: ${promise}`);
  return [`Each of the ${figures.runs} adapters is the one that its run makes alone.`];
};
