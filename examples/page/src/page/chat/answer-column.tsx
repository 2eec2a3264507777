import { ProblemNote } from "../parts/problem-note.tsx";
import type { Answer } from "./exchange.ts";

/** One side's answer as it grows. */
export const AnswerColumn = ({ title, answer }: { title: string; answer: Answer | null }) => (
  <div class="answer" data-side={title} data-done={answer?.isDone ?? true}>
    <span class="quiet">{title}</span>
    <p aria-busy={answer ? !answer.isDone : false}>{textOf(answer)}</p>
    <ProblemNote problem={answer?.problem ?? null} />
  </div>
);

const textOf = (answer: Answer | null): string => {
  if (!answer) return "Not trained yet.";
  if (answer.text) return answer.text.trim();
  if (!answer.isDone) return "…";
  return answer.problem ? "" : "(no words)";
};
