import { count, duration, loss, share } from "../parts/figures.ts";
import { ProblemNote } from "../parts/problem-note.tsx";
import { ProgressBar } from "../parts/progress-bar.tsx";
import { isEnded, type RunView } from "./run-view.ts";
import { StepCurve } from "./step-curve.tsx";

/** The newest run, live. */
export const RunPanel = ({ run, onCancel }: { run: RunView; onCancel: () => void }) => (
  <div class="run" data-run={run.state}>
    <div class="run-head">
      <strong>{run.status}</strong>
      {!isEnded(run) && (
        <button type="button" class="plain" onClick={onCancel}>
          Cancel
        </button>
      )}
    </div>
    {!isEnded(run) && <ProgressBar label="Training" value={shareOf(run)} />}
    {run.progress && <p class="quiet">{progressOf(run.progress)}</p>}
    {run.progress && (
      <StepCurve
        what={run.progress.rewards ? "Reward" : "Loss"}
        curve={run.curve}
        steps={run.progress.steps}
      />
    )}
    <HeldOut run={run} />
    <ProblemNote problem={run.problem} />
  </div>
);

const shareOf = ({ progress }: RunView): number | undefined =>
  progress ? progress.step / progress.steps : undefined;

const progressOf = (progress: NonNullable<RunView["progress"]>): string =>
  [
    `step ${count(progress.step)} of ${count(progress.steps)}`,
    progress.rewards ? `reward ${loss(progress.rewards.mean)}` : `loss ${loss(progress.loss)}`,
    ...preferencesOf(progress.preferences),
    `${count(Math.round(progress.tokensPerSecond))} tokens/s`,
    ...(progress.step < progress.steps ? [`${duration(progress.etaSeconds)} left`] : []),
  ].join(" · ");

const preferencesOf = (preferences: NonNullable<RunView["progress"]>["preferences"]): string[] => {
  const { accuracy = null, margin = null } = preferences ?? {};
  return [
    ...(accuracy === null ? [] : [`${share(accuracy)} of pairs right`]),
    ...(margin === null ? [] : [`margin ${loss(margin)}`]),
  ];
};

const HeldOut = ({ run: { heldOutBefore, heldOutNow } }: { run: RunView }) => {
  if (!heldOutBefore) return null;
  const measured = heldOutNow ? [heldOutBefore, heldOutNow] : [heldOutBefore];
  const shares = measured.flatMap(({ accuracy }) => (accuracy === null ? [] : [share(accuracy)]));
  const pairs = measured.flatMap(({ preferences }) =>
    typeof preferences?.accuracy === "number" ? [share(preferences.accuracy)] : [],
  );
  const rewards = measured.flatMap(({ reward }) => (reward === null ? [] : [loss(reward)]));
  if (rewards.length > 0) return <p>Held-out reward {rewards.join(" → ")}</p>;
  return (
    <p>
      Held-out loss {measured.map((heldOut) => loss(heldOut.loss)).join(" → ")}
      {shares.length > 0 && ` · tokens right ${shares.join(" → ")}`}
      {pairs.length > 0 && ` · pairs right ${pairs.join(" → ")}`}
    </p>
  );
};
