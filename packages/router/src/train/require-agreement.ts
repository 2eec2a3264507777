import { smallestKtoBatch } from "@loraloom/dataset";
import { LoraloomError } from "@loraloom/errors";
import { quantizationOf } from "@loraloom/store/env";
import type { RunConfig } from "@loraloom/store/tables";

/** @throws LoraloomError `bad_option` where options of a run contradict each other or its base; it names them all */
export const requireAgreement = (config: RunConfig, engineKey: string): void => {
  const faults = checks.flatMap((check) => check(config, engineKey) ?? []);
  if (faults.length === 0) return;
  const message = faults.map(({ message }) => message).join(" ");
  throw new LoraloomError("bad_option", message, { details: Object.assign({}, ...faults.map(detailsOf)) });
};

/** `details` are the options and their values. */
type Fault = { message: string; details: Record<string, unknown> };

const detailsOf = ({ details }: Fault) => details;

const batchFault = ({ method, batchSize }: RunConfig): Fault | undefined => {
  if (method !== "kto" || batchSize >= smallestKtoBatch) return undefined;
  return {
    message: `batchSize ${batchSize} is too small for 'kto', which compares the examples of a batch; it takes ${smallestKtoBatch} or more.`,
    details: { batchSize, smallest: smallestKtoBatch },
  };
};

const packingFault = ({ method, packing }: RunConfig): Fault | undefined => {
  if (!packing || method === "sft") return undefined;
  return {
    message: `packing is for 'sft': '${method}' compares answers, which can't be packed. Leave packing out.`,
    details: { packing, method },
  };
};

const stepsFault = ({ evaluationStrategy, evaluationSteps }: RunConfig): Fault | undefined => {
  const isWanted = evaluationStrategy === "steps";
  if (isWanted === (evaluationSteps !== null)) return undefined;
  const message = isWanted
    ? "evaluationStrategy 'steps' needs evaluationSteps, the steps between two evaluations."
    : `evaluationSteps ${evaluationSteps} goes with evaluationStrategy 'steps', not with '${evaluationStrategy}'.`;
  return { message, details: { evaluationStrategy, evaluationSteps } };
};

const nothingHeldOut = ({ evaluationStrategy, evaluation }: RunConfig): Fault | undefined => {
  if (evaluationStrategy === "no" || evaluation.kind !== "none") return undefined;
  return {
    message: `evaluationStrategy '${evaluationStrategy}' has nothing to measure on: upload evaluation files, or hold rows out with evaluation {"split": 0.1}.`,
    details: { evaluationStrategy, evaluation: "none" },
  };
};

const stoppingFault = ({ earlyStopping, evaluationStrategy }: RunConfig): Fault | undefined => {
  if (!earlyStopping || evaluationStrategy !== "no") return undefined;
  return {
    message:
      "earlyStopping waits for evaluations, and evaluationStrategy is 'no': choose 'epoch', or 'steps' with evaluationSteps.",
    details: { earlyStopping, evaluationStrategy },
  };
};

const rewardsFault = ({ method, rewards = [] }: RunConfig): Fault | undefined => {
  if ((method === "grpo") === rewards.length > 0) return undefined;
  const message =
    method === "grpo"
      ? `rewards are missing: 'grpo' learns by what its completions are worth. Declare one in hyperparameters.rewards, such as {"type": "exact_match"}, regex, json_schema or length.`
      : `rewards are for 'grpo', not for '${method}': leave them out, or choose the method grpo.`;
  return { message, details: { method, rewards: rewards.length } };
};

const rewardedDoraFault = ({ method, dora = false }: RunConfig): Fault | undefined => {
  if (method !== "grpo" || !dora) return undefined;
  return {
    message: "dora is not trained by 'grpo', which writes in the shared passes: leave dora out.",
    details: { method, dora },
  };
};

/** DoRA measures whole weights of the base, which 8-bit layers don't give on every device. */
const doraFault = ({ dora = false }: RunConfig, engineKey: string): Fault | undefined => {
  if (!dora || quantizationOf(engineKey) !== "8bit") return undefined;
  return {
    message: `dora is not trained on an 8-bit base such as '${engineKey}': leave dora out, or ask the operator for a base in 4 bits, bfloat16 or float32.`,
    details: { dora, engineKey },
  };
};

const checks = [
  rewardsFault,
  rewardedDoraFault,
  batchFault,
  packingFault,
  stepsFault,
  nothingHeldOut,
  stoppingFault,
  doraFault,
];
