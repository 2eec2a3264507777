import { loss as lossText } from "../parts/figures.ts";
import type { RunView } from "./run-view.ts";

const width = 300;
const height = 64;

/** The loss of each step, the first at the left. */
export const LossCurve = ({ losses, steps }: { losses: RunView["losses"]; steps: number }) => {
  const [first] = losses;
  const last = losses.at(-1);
  if (!first || !last || losses.length < 2) return null;
  const values = losses.map(({ loss }) => loss);
  const lowest = Math.min(...values);
  const range = Math.max(...values) - lowest || 1;
  const points = losses.map(
    ({ step, loss }) => `${(width * step) / steps},${height * (1 - (loss - lowest) / range)}`,
  );
  return (
    <svg
      class="loss-curve"
      viewBox={`0 -2 ${width} ${height + 4}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Loss from ${lossText(first.loss)} at step ${first.step} to ${lossText(last.loss)} at step ${last.step}`}
    >
      <polyline points={points.join(" ")} />
    </svg>
  );
};
