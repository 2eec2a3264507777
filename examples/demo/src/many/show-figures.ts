import type { Screen } from "../screen.ts";
import { brokenEqualities, type ManyFigures } from "./figures.ts";

/** Prints the figures, and each adapter that is not the one that its run makes alone. */
export const showManyFigures = (screen: Screen, figures: ManyFigures): void => {
  const { runs, togetherSeconds, aloneSeconds, adaptersPerHourTogether, adaptersPerHourAlone } = figures;
  const rate = (perHour: number) => `${Math.round(perHour)} adapters an hour`;
  screen.step("Figures");
  const times = (adaptersPerHourTogether / adaptersPerHourAlone).toFixed(2);
  screen.line(
    `   ${runs} at once      ${togetherSeconds.toFixed(1)} s: ${rate(adaptersPerHourTogether)}, ${times} times as many as`,
  );
  screen.line(`   one at a time  ${aloneSeconds.toFixed(1)} s: ${rate(adaptersPerHourAlone)}`);
  screen.line(`   in all         ${figures.totalSeconds.toFixed(1)} s`);
  if (figures.peakMemoryMB !== null)
    screen.line(`   peak memory    ${figures.peakMemoryMB} MB, the peaks of all processes added up`);
  const broken = brokenEqualities(figures);
  for (const promise of broken) screen.line(`   BROKEN: ${promise}`);
  if (broken.length === 0)
    screen.line(`   Each of the ${runs} adapters is the one that its run makes alone.`);
};
