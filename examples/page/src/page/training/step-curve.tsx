import { loss as figure } from "../parts/figures.ts";
import type { RunView } from "./run-view.ts";

const width = 300;
const height = 64;

/** One figure of each step, the first step at the left. */
export const StepCurve = ({
  what,
  curve,
  steps,
}: {
  what: string;
  curve: RunView["curve"];
  steps: number;
}) => {
  const [first] = curve;
  const last = curve.at(-1);
  if (!first || !last || curve.length < 2) return null;
  const values = curve.map(({ value }) => value);
  const lowest = Math.min(...values);
  const range = Math.max(...values) - lowest || 1;
  const points = curve.map(
    ({ step, value }) => `${(width * step) / steps},${height * (1 - (value - lowest) / range)}`,
  );
  return (
    <svg
      class="step-curve"
      viewBox={`0 -2 ${width} ${height + 4}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${what} from ${figure(first.value)} at step ${first.step} to ${figure(last.value)} at step ${last.step}`}
    >
      <polyline points={points.join(" ")} />
    </svg>
  );
};
