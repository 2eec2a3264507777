import { count, counted, duration, size } from "../parts/figures.ts";
import type { Preview } from "./previewing.ts";

/** What a run would take, as far as it is known. */
export const PreviewFigures = ({ preview }: { preview: Preview }) => (
  <>
    <dl class="figures">
      {figuresOf(preview).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
    {!preview.allowedToStart.allowed && (
      <p class="note bad">
        {preview.allowedToStart.reason} <code>{preview.allowedToStart.code}</code>
      </p>
    )}
    {preview.allowedToStart.allowed && preview.unknown && (
      <p class="note">
        {preview.unknown.reason} <code>{preview.unknown.code}</code>
      </p>
    )}
  </>
);

const figuresOf = ({ examples, evaluationExamples, tokens, estimate, cost }: Preview): [string, string][] => {
  const figures: [string, string | null | undefined | false][] = [
    ["Examples", count(examples)],
    ["Held out", evaluationExamples > 0 && count(evaluationExamples)],
    ["Tokens an epoch", tokens && count(tokens.perEpoch)],
    ["Too long", tokens && tokens.overLength.rows > 0 && counted(tokens.overLength.rows, "row")],
    ["Steps", estimate && `${count(estimate.steps)} in ${counted(estimate.epochs, "epoch")}`],
    ["Time", estimate?.seconds != null && `about ${duration(estimate.seconds)}`],
    ["Memory", estimate && memoryOf(estimate)],
    ["Cost", cost && `${cost.amount.toFixed(2)} ${cost.currency ?? ""}`],
  ];
  return figures.filter((figure): figure is [string, string] => Boolean(figure[1]));
};

const memoryOf = ({ memoryBytes, freeMemoryBytes, fits }: NonNullable<Preview["estimate"]>): string =>
  `${size(memoryBytes)}, ${fits ? "fits" : "does not fit"} into ${size(freeMemoryBytes)}`;
