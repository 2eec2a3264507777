import type { Demo } from "../demo.ts";
import { peakMemoryMB } from "../memory.ts";
import { compareVersions } from "./compare-versions.ts";
import type { ManyFigures } from "./figures.ts";
import { choosePeople, labelOf } from "./people.ts";
import { requireFloat32 } from "./require-float32.ts";
import { showManyFigures } from "./show-figures.ts";
import { trainAlone, trainTogether } from "./train-people.ts";
import { uploadChats } from "./upload-chats.ts";

type Many = { runs: number; startedAt: number };

/**
 * Trains several people's adapters at once through the whole service, then each alone, and compares both.
 *
 * @param many how many, and `performance.now()` at the start
 */
export const runMany = async (demo: Demo, { runs, startedAt }: Many): Promise<ManyFigures> => {
  const people = choosePeople(runs);
  await requireFloat32(demo);
  await uploadChats(demo, people);
  const together = await trainTogether(demo, people);
  const alone = await trainAlone(demo, people);
  const differences = await compareVersions(demo, people, { together, alone });
  const figures = {
    runs,
    users: new Set(people.map(({ scope }) => scope.userId)).size,
    togetherSeconds: together.seconds,
    aloneSeconds: alone.seconds,
    adaptersPerHourTogether: (3600 * runs) / together.seconds,
    adaptersPerHourAlone: (3600 * runs) / alone.seconds,
    differences: Object.fromEntries(
      people.map((person, at) => [labelOf(person), differences[at] ?? Number.NaN]),
    ),
    totalSeconds: (performance.now() - startedAt) / 1000,
    peakMemoryMB: await peakMemoryMB([process.pid, demo.parts.launcherPid]),
  };
  showManyFigures(demo.screen, figures);
  return figures;
};
