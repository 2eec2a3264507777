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

/** Judges measures, each by the slower of the calibrations before and after it; what they gave gathers in `suite`. */
export const judgeBetweenCalibrations = async (
  { services, sizes, signal }: Setting,
  report: (line: string) => void,
) => {
  const { isJudged } = sizes;
  let before = await calibrate(services, sizes.calibration);
  const suite: RunSuite = { calibrations: before, results: [], figures: [] };
  const measure = async <Given extends Measures>(
    name: string,
    work: () => Promise<Given>,
  ): Promise<Given> => {
    signal.throwIfAborted();
    report(`measuring ${name}`);
    const given = await work();
    const after = await calibrate(services, sizes.calibration);
    const around = { calibrations: slowerOf(before, after), isJudged };
    suite.results.push(...given.measured.map((one) => judge(one, around)));
    suite.figures.push(...(given.figures ?? []));
    suite.calibrations = slowerOf(suite.calibrations, after);
    before = after;
    return given;
  };
  return { measure, suite };
};
