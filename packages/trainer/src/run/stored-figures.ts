import type { HeldOutLoss } from "@loraloom/store/runs";
import type { RewardFigures, RunProgress } from "@loraloom/store/tables";
import type { EngineEventOf } from "../engine/protocol.ts";

/** A step as it is stored. */
export const progressOf = (event: EngineEventOf<"progress">): RunProgress => ({
  step: event.step,
  steps: event.steps,
  epoch: event.epoch,
  loss: event.loss,
  learningRate: event.learning_rate,
  gradientNorm: event.gradient_norm,
  tokens: event.tokens,
  tokensPerSecond: event.tokens_per_second,
  etaSeconds: event.eta_seconds,
  preferences: event.preferences,
  rewards: rewardsOf(event),
});

/** What was measured on held-out rows, as it is stored. */
export const heldOutOf = (event: EngineEventOf<"evaluated">): HeldOutLoss => ({
  phase: event.phase ?? "after",
  step: event.step ?? 0,
  loss: event.loss,
  accuracy: event.accuracy,
  perplexity: event.perplexity,
  reward: event.reward,
  tokens: event.tokens,
  preferences: event.preferences,
  rewards: rewardsOf(event),
});

const rewardsOf = ({ rewards }: EngineEventOf<"progress" | "evaluated">): RewardFigures | null => {
  if (!rewards) return null;
  const { completion_tokens: completionTokens, cut_off: cutOff, ...figures } = rewards;
  return { ...figures, completionTokens, cutOff };
};
