import type { Client } from "@loraloom/client";
import { overLengthWords } from "../over-length-words.ts";
import { formatBytes, formatCost, formatCount, formatSeconds, plural } from "../screen/formats.ts";
import { type Hyperparameters, hyperparameterWords } from "./hyperparameters.ts";

export type Preview = Awaited<ReturnType<Client["train"]["preview"]["query"]>>;
export type Field = [name: string, value: string];

/** What a run with these hyperparameters by hand would do, a line for each thing that is known of it. */
export const previewFields = (preview: Preview, byHand: Hyperparameters): Field[] => [
  ...(preview.baseModel === null ? [] : [field("base model", preview.baseModel)]),
  field("examples", examplesWords(preview)),
  ...warningFields(preview),
  ...tokenFields(preview),
  ...estimateFields(preview),
  ...unknownFields(preview),
  ...recommendedFields(preview, byHand),
];

const field = (name: string, value: string): Field => [name, value];

const examplesWords = ({ examples, evaluationExamples, data }: Preview): string =>
  [
    formatCount(examples),
    ...(evaluationExamples > 0 ? [`${formatCount(evaluationExamples)} held out`] : []),
    ...(data && data.unusedRows > 0 ? [`${plural(data.unusedRows, "row")} of no use to the method`] : []),
  ].join(", ");

const warningFields = ({ data }: Preview): Field[] =>
  data && data.warningCount > 0
    ? [field("warnings", `${formatCount(data.warningCount)} ('loraloom validate' shows them)`)]
    : [];

const tokenFields = ({ tokens, config }: Preview): Field[] => {
  if (!tokens) return [];
  const { perEpoch, trained, longest, overLength } = tokens;
  const { maxLength } = config.hyperparameters;
  return [
    field(
      "tokens",
      `${formatCount(perEpoch)} an epoch, ${formatCount(trained)} of them learnt; the longest example ${formatCount(longest)}`,
    ),
    ...(overLength.rows > 0 ? [field("over length", overLengthWords({ ...overLength, maxLength }))] : []),
  ];
};

const estimateFields = ({ estimate, cost }: Preview): Field[] => {
  if (!estimate) return [];
  const { epochs, steps, memoryBytes, freeMemoryBytes, fits } = estimate;
  return [
    field("steps", `${formatCount(steps)} in ${plural(epochs, "epoch")}`),
    ...timeFields(estimate),
    field(
      "memory",
      `${formatBytes(memoryBytes)}, which ${fits ? "fits" : "does not fit"}: ${formatBytes(freeMemoryBytes)} are free`,
    ),
    ...(cost ? [field("cost", formatCost(cost))] : []),
  ];
};

const timeFields = ({ seconds, secondsUnknown, fits }: NonNullable<Preview["estimate"]>): Field[] => {
  if (seconds !== null) return [field("time", `about ${formatSeconds(seconds)}`)];
  // That it does not fit is said of the memory.
  return secondsUnknown === null || !fits
    ? []
    : [field("time", `not known before it trains: ${secondsUnknown}`)];
};

/** What refuses the run is said anyway. */
const unknownFields = ({ unknown, allowedToStart }: Preview): Field[] =>
  unknown && (allowedToStart.allowed || allowedToStart.code !== unknown.code)
    ? [field("not known yet", unknown.reason)]
    : [];

/** Only what `--recommended` would change; without it epochs are chosen in the same way. */
const recommendedFields = ({ recommended, config }: Preview, byHand: Hyperparameters): Field[] => {
  if (!recommended) return [];
  const { hyperparameters } = config;
  const chosen = { ...hyperparameters, epochs: hyperparameters.epochs ?? recommended.epochs };
  const open = Object.entries(recommended).filter(([name]) => !(name in byHand));
  const words = hyperparameterWords(Object.fromEntries(open), chosen);
  return words === "" ? [] : [field("recommended", `${words} (--recommended takes it)`)];
};
