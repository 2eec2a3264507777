import type { RunEvent } from "@loraloom/client";
import type { Screen } from "./screen.ts";

/** Shows one event of a run: progress as a live bar, what matters beside it as a line. */
export const showEvent = (screen: Screen, event: RunEvent): void => {
  const text = textOf(event);
  if (event.type === "progress") showProgress(screen, event.data);
  else if (text) screen.line(`   ${text}`);
};

const showProgress = (screen: Screen, progress: Extract<RunEvent, { type: "progress" }>["data"]): void => {
  const { step, steps, loss, tokensPerSecond, etaSeconds } = progress;
  const figures = [
    `step ${step}/${steps}`,
    `loss ${loss.toFixed(3)}`,
    `${Math.round(tokensPerSecond)} tokens/s`,
    `${Math.ceil(etaSeconds)} s left`,
  ];
  screen.progress(step, steps, figures.join("  "));
};

const textOf = (event: RunEvent): string | undefined => {
  switch (event.type) {
    case "run-queued":
      return "queued";
    case "run-claimed":
      return `claimed by worker ${event.data.workerId}`;
    case "rows-frozen":
      return `${event.data.examples} examples frozen, ${event.data.evaluationExamples} held out`;
    case "evaluated":
      return `held-out loss ${event.data.phase} training: ${event.data.loss.toFixed(3)}`;
    case "run-exporting":
      return "verifying and publishing";
    case "run-completed":
      return `published as version ${event.data.versionId}`;
    case "run-failed":
      return `failed (${event.data.code}): ${event.data.message} ${event.data.remedy}`;
    case "run-cancelled":
      return `cancelled (${event.data.reason})`;
    case "run-requeued":
      return `back in the queue (${event.data.reason}); it goes on from its last checkpoint`;
    default:
      return undefined;
  }
};
