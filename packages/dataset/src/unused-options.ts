import type { Hyperparameters } from "./hyperparameters.ts";
import type { TrainingMethod } from "./rows-for-method.ts";

/** The methods that have what not every method has. */
export const methodsOf = {
  beta: ["dpo", "orpo", "kto", "grpo"],
  desirableWeight: ["kto"],
  undesirableWeight: ["kto"],
  numGenerations: ["grpo"],
  maxCompletionTokens: ["grpo"],
  temperature: ["grpo"],
  topP: ["grpo"],
  rewards: ["grpo"],
} as const satisfies Partial<Record<keyof Hyperparameters, readonly TrainingMethod[]>>;

export type MethodOption = keyof typeof methodsOf;
export const methodOptions = Object.keys(methodsOf) as MethodOption[];

export const isOptionOf = (name: MethodOption, method: TrainingMethod): boolean => {
  const methods: readonly TrainingMethod[] = methodsOf[name];
  return methods.includes(method);
};

/** Of an adapter what can't say by 0 or false that there is none. */
const adapterForm = ["rank", "alpha", "targetModules"] as const;

export type UnusedOption = MethodOption | (typeof adapterForm)[number];

/** Hyperparameters that mean nothing to a run: those of other methods, and of an adapter where all weights learn. */
export const unusedOptions = ({
  method,
  fullFineTuning = false,
}: {
  method: TrainingMethod;
  fullFineTuning?: boolean | undefined;
}): UnusedOption[] => [
  ...methodOptions.filter((name) => !isOptionOf(name, method)),
  ...(fullFineTuning ? adapterForm : []),
];
