import { defaultHyperparameters as defaults, type Reward } from "@loraloom/dataset";
import type { Run } from "@loraloom/store/runs";
import type { EngineTrainingConfig } from "../engine/protocol.ts";

/** What a GRPO run is told of its completions. */
export type CompletionField = "numGenerations" | "maxCompletionTokens" | "temperature" | "topP" | "rewards";

type Completions = NonNullable<EngineTrainingConfig["completions"]>;

/** The same as the engine spells it. */
export const completionsOf = (config: Pick<Run["config"], CompletionField>): Completions => ({
  number: config.numGenerations ?? defaults.numGenerations,
  max_tokens: config.maxCompletionTokens ?? defaults.maxCompletionTokens,
  temperature: config.temperature ?? defaults.temperature,
  top_p: config.topP ?? defaults.topP,
  rewards: (config.rewards ?? []).map(rewardOf),
});

const rewardOf = (reward: Reward): Completions["rewards"][number] => {
  if (reward.type !== "exact_match") return reward;
  const { ignoreCase, ...others } = reward;
  return { ...others, ignore_case: ignoreCase };
};
