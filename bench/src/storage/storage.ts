import { calibrate } from "../calibrate/calibrate.ts";
import { type Calibration, slowerOf } from "../calibrate/calibration.ts";
import { judge, type Measured, type Result } from "../results/result.ts";
import { startHost } from "../services/start-host.ts";
import { type Services, startServices } from "../services/start-services.ts";
import { measureTraining } from "../training/training.ts";
import { measureFileLists } from "./file-lists.ts";
import { measureFlagFlips } from "./flag-flips.ts";
import { measureLargeFile } from "./large-file.ts";
import { measurePresigns } from "./presigns.ts";
import type { Sizes } from "./sizes.ts";
import { measureUploadRate } from "./upload-rate.ts";
import { measureValidationRate } from "./validation-rate.ts";

export type Suite = {
  /** The slowest of what was found between two measurements. */
  calibrations: Calibration[];
  results: Result[];
};
export type SuiteOptions = {
  /** Told what is measured now. */
  report: (line: string) => void;
  /** Ends the run between two measurements. */
  signal: AbortSignal;
};

/** Measures storage from end to end, on a database, a store and hosts of its own. */
export const runStorage = async (sizes: Sizes, { report, signal }: SuiteOptions): Promise<Suite> => {
  report("starting Postgres and SeaweedFS");
  // Importing torch takes longest: where nothing is judged, it begins first.
  await using services = await startServices(sizes.isJudged ? [] : sizes.training.map(({ base }) => base));
  const options = { report, signal };
  // Awaited here: the services end with this function.
  return await (sizes.isJudged ? measureInTurn : measureAtOnce)(services, sizes, options);
};

/** Between two calibrations each: what else the machine has to do changes meanwhile. */
const measureInTurn = async (
  services: Services,
  sizes: Sizes,
  { report, signal }: SuiteOptions,
): Promise<Suite> => {
  report("calibrating");
  let before = await calibrate(services, sizes.calibration);
  let calibrations = before;
  const results: Result[] = [];
  for (const [name, measure] of Object.entries(measures)) {
    signal.throwIfAborted();
    report(`measuring ${name}`);
    const measured = await measure(services, sizes);
    const after = await calibrate(services, sizes.calibration);
    const around = { calibrations: slowerOf(before, after), isJudged: true };
    results.push(...measured.map((one) => judge(one, around)));
    calibrations = slowerOf(calibrations, after);
    before = after;
  }
  return { calibrations, results };
};

/** Nobody is held to these figures: a worker's start, which takes longest, is waited for beside everything else. */
const measureAtOnce = async (
  services: Services,
  sizes: Sizes,
  { report, signal }: SuiteOptions,
): Promise<Suite> => {
  const { [ofTraining]: measureTrainings, ...others } = measures;
  report("measuring everything, training beside the rest");
  const calibrating = calibrate(services, sizes.calibration);
  const measuring = [Object.values(others), [measureTrainings]].map(async (lane) => {
    const measured: Measured[] = [];
    for (const measure of lane) {
      signal.throwIfAborted();
      measured.push(...(await measure(services, sizes)));
    }
    return measured;
  });
  // All of it ends before its services do.
  await Promise.allSettled([calibrating, ...measuring]);
  const calibrations = await calibrating;
  const measured = (await Promise.all(measuring)).flat();
  return { calibrations, results: measured.map((one) => judge(one, { calibrations, isJudged: false })) };
};

type Measure = (services: Services, sizes: Sizes) => Promise<Measured[]>;

const ofTraining = "token counts and estimates";

const measures = {
  "flips of flags": (services, sizes) => measureFlagFlips(services, sizes.flips),
  "lists, presigned PUTs, an upload": async (services, sizes) => {
    await using host = await startHost(services);
    return [
      ...(await measurePresigns(host, sizes.presigns)),
      ...(await measureUploadRate(host, sizes.upload)),
      ...(await measureFileLists(host, sizes.lists)),
    ];
  },
  validation: (_services, sizes) => measureValidationRate(sizes.validation),
  "a large file": (services, sizes) => measureLargeFile(services, sizes.largeFile),
  [ofTraining]: async (services, sizes) => {
    const measured: Measured[] = [];
    for (const training of sizes.training) measured.push(...(await measureTraining(services, training)));
    return measured;
  },
} satisfies Record<string, Measure>;
