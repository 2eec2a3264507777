import type { RunEvent } from "@loraloom/client";
import { formatCount, plural } from "../screen/formats.ts";
import { printableLine } from "../screen/printable.ts";
import { measuredWords } from "./figure-words.ts";

const requeueReasons = {
  lease_lost: "its worker fell silent",
  system_fault: "of a fault of the system",
  handed_back: "its worker stops",
  limit_reached: "its user has used what a limit allows",
};

/** What happened, as one line; `undefined` for what only a bar shows. */
export const eventWords = (event: RunEvent): string | undefined => {
  switch (event.type) {
    case "run-queued":
      return "queued";
    case "run-claimed":
      return event.data.attempt > 1
        ? `taken by a worker, attempt ${event.data.attempt}`
        : "taken by a worker";
    case "rows-frozen":
      return frozenWords(event.data);
    case "run-started":
      return startWords(event.data);
    case "evaluated":
      return evaluatedWords(event.data);
    case "checkpointed":
      return `checkpoint at step ${formatCount(event.data.step)}`;
    case "run-exporting":
      return "writing the version";
    case "run-completed":
      return completedWords(event.data);
    case "run-failed":
      return printableLine(`failed: ${event.data.message} [${event.data.code}]`);
    case "run-cancelled":
      return cancelledWords(event.data);
    case "run-requeued":
      return `waits again, because ${requeueReasons[event.data.reason]}`;
    default:
      return undefined;
  }
};

type Data<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>["data"];

const frozenWords = ({ examples, evaluationExamples, tokens }: Data<"rows-frozen">): string => {
  const heldOut = evaluationExamples > 0 ? `, ${formatCount(evaluationExamples)} held out` : "";
  return `${plural(examples, "example")}${heldOut}, ${plural(tokens, "token")}`;
};

const startWords = ({ steps, resumedFromStep }: Data<"run-started">): string => {
  const from = resumedFromStep > 0 ? `, on from step ${formatCount(resumedFromStep)}` : "";
  return `training: ${plural(steps, "step")}${from}`;
};

const evaluatedWords = (evaluated: Data<"evaluated">): string => {
  const { phase, step, reward } = evaluated;
  const moment = phase === "during" ? `at step ${formatCount(step)}` : `${phase} training`;
  return `held-out ${reward === null ? "loss" : "reward"} ${moment}: ${measuredWords(evaluated)}`;
};

const completedWords = ({ versionId, published, metrics }: Data<"run-completed">): string => {
  const state = published === "current" ? "is the current one" : "waits as a candidate";
  return `${stoppedWords(metrics)}completed: version ${versionId} ${state}`;
};

const cancelledWords = ({ reason, versionId, notKept }: Data<"run-cancelled">): string => {
  if (reason === "adapter_deleted") return "cancelled, since the adapter was deleted";
  if (versionId !== null) return `cancelled: version ${versionId} waits as a candidate`;
  return notKept ? printableLine(`cancelled. ${notKept.message}`) : "cancelled";
};

const stoppedWords = ({ stoppedEarly, steps, bestStep }: Data<"run-completed">["metrics"]): string => {
  if (bestStep === null) return "";
  const stopped = stoppedEarly ? `stopped early at step ${formatCount(steps)}, ` : "";
  return `${stopped}best at step ${formatCount(bestStep)}; `;
};
