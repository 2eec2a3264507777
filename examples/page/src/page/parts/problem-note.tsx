import type { Problem } from "./problem.ts";

/** Says what went wrong and what to do, at once to those who listen. */
export const ProblemNote = ({ problem }: { problem: Problem | null }) =>
  problem && (
    <div class="note bad" role="alert">
      <p>
        {problem.message} {problem.code && <code>{problem.code}</code>}
      </p>
      {problem.remedy && <p>{problem.remedy}</p>}
    </div>
  );
