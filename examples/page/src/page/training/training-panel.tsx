import { ProblemNote } from "../parts/problem-note.tsx";
import { PreviewFigures } from "./preview-figures.tsx";
import { RunPanel } from "./run-panel.tsx";
import { isEnded } from "./run-view.ts";
import { RunWishesForm } from "./run-wishes.tsx";
import type { Training } from "./training.ts";

/** What a run would take, its start, and the newest run. */
export const TrainingPanel = ({ training }: { training: Training }) => {
  const { previewing, wishes } = training;
  const preview = previewing.preview.value;
  const run = training.run.value;
  const isRunning = run !== null && !isEnded(run);
  const mayStart = previewing.isFresh.value && preview?.allowedToStart.allowed === true && !isRunning;
  return (
    <section class="panel training" aria-labelledby="training-title" aria-busy={!previewing.isFresh.value}>
      <h2 id="training-title">Training</h2>
      {preview && preview.data?.files !== 0 ? (
        <>
          <PreviewFigures preview={preview} />
          <RunWishesForm wishes={wishes} preview={preview} />
        </>
      ) : (
        <p class="empty">Add files; how long a run on them takes will stand here.</p>
      )}
      <button type="button" class="primary" disabled={!mayStart} onClick={() => void training.start()}>
        Train
      </button>
      <ProblemNote problem={previewing.problem.value} />
      <ProblemNote problem={training.problem.value} />
      {run && <RunPanel run={run} onCancel={() => void training.cancel()} />}
    </section>
  );
};
