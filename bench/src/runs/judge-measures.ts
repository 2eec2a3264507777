import { calibrate } from "../calibrate/calibrate.ts";
import { type Calibration, slowerOf } from "../calibrate/calibration.ts";
import type { Figure } from "../results/figure.ts";
import { judge, type Measured, type Result } from "../results/result.ts";
import type { Setting } from "./setting.ts";

export type RunSuite = {
  /** The slowest of what was found between two measurements. */
  calibrations: Calibration[];
  results: Result[];
  figures: Figure[];
};

type Measures = { measured: Measured[]; figures?: Figure[] };

/** Judges measures, each by the slower of the calibrations before and after it. */
export const judgeBetweenCalibrations = async (
  { services, sizes, signal }: Setting,
  report: (line: string) => void,
) => {
  const { isJudged } = sizes;
  let before = await calibrate(services, sizes.calibration);
  let slowest = before;
  const parts: { results: Result[]; figures: Figure[] }[] = [];
  const measure = async <Given extends Measures>(
    name: string,
    work: () => Promise<Given>,
  ): Promise<Given> => {
    signal.throwIfAborted();
    report(`measuring ${name}`);
    // In the order in which they began, also where several are measured at once.
    const part: (typeof parts)[number] = { results: [], figures: [] };
    parts.push(part);
    const given = await work();
    const after = await calibrate(services, sizes.calibration);
    const around = { calibrations: slowerOf(before, after), isJudged };
    part.results = given.measured.map((one) => judge(one, around));
    part.figures = given.figures ?? [];
    slowest = slowerOf(slowest, after);
    before = after;
    return given;
  };
  const suite = (): RunSuite => ({
    calibrations: slowest,
    results: parts.flatMap(({ results }) => results),
    figures: parts.flatMap(({ figures }) => figures),
  });
  return { measure, suite };
};
