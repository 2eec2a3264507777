import {
  adapterOptions,
  defaultHyperparameters,
  isOptionOf,
  type MethodOption,
  methodOptions,
  methodsOf,
  smallestKtoBatch,
} from "@loraloom/dataset";
import { LoraloomError } from "@loraloom/errors";
import { quantizationOf } from "@loraloom/store/env";
import type { RunConfig } from "@loraloom/store/tables";
import type { HyperparametersInput } from "./hyperparameters.ts";

/** `asked`: what of a config the caller chose; `engineKey`: the base that it is for. */
type Beside = { asked: HyperparametersInput; engineKey: string };

/** @throws LoraloomError `bad_option` where options of a run contradict each other or its base; it names them all */
export const requireAgreement = (config: RunConfig, beside: Beside): void => {
  const faults = checks.flatMap((check) => check(config, beside) ?? []);
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

/** What a version that a run starts from brings along. */
const formOf = { dora: "a DoRA adapter", fullFineTuning: "a whole model" } as const;
type Form = keyof typeof formOf;

/** How a message names the form of a run, with where it comes from, and how the run would be without it. */
const formIn = (form: Form, { startFrom }: RunConfig, { asked }: Beside) => {
  if (asked[form] !== undefined || !startFrom) return { named: form, remedy: `leave ${form} out` };
  const named = `${form} (startFrom names version '${startFrom.version}', which is ${formOf[form]})`;
  return { named, remedy: "start from another version or from none" };
};

/** DoRA measures whole weights of the base, which 8-bit layers don't give on every device. */
const doraFault = (config: RunConfig, beside: Beside): Fault | undefined => {
  const { dora = false } = config;
  const { engineKey } = beside;
  if (!dora || quantizationOf(engineKey) !== "8bit") return undefined;
  const { named, remedy } = formIn("dora", config, beside);
  return {
    message: `${named} is not trained on an 8-bit base such as '${engineKey}': ${remedy}, or ask the operator for a base in 4 bits, bfloat16 or float32.`,
    details: { dora, engineKey },
  };
};

/** Weights rounded to few bits can't learn. */
const roundedFault = (config: RunConfig, beside: Beside): Fault | undefined => {
  const { fullFineTuning = false } = config;
  const { engineKey } = beside;
  if (!fullFineTuning || quantizationOf(engineKey) === "none") return undefined;
  const { named, remedy } = formIn("fullFineTuning", config, beside);
  return {
    message: `${named} trains the weights themselves, and those of '${engineKey}' are rounded to few bits: ${remedy}, or ask the operator for a base in bfloat16 or float32.`,
    details: { fullFineTuning, engineKey },
  };
};

/** false and 0 say that there is none. */
const adapterFault = (config: RunConfig, beside: Beside): Fault | undefined => {
  const { fullFineTuning } = config;
  const { asked } = beside;
  if (!fullFineTuning) return undefined;
  const details = Object.fromEntries(
    adapterOptions.map((name) => [name, asked[name]]).filter(([, value]) => Boolean(value)),
  );
  const names = Object.keys(details);
  if (names.length === 0) return undefined;
  const { named, remedy } = formIn("fullFineTuning", config, beside);
  return {
    message: `${named} trains all weights of the base and no adapter, which alone has ${names.join(", ")}: leave out what an adapter has, or ${remedy}.`,
    details: { fullFineTuning, ...details },
  };
};

const rewardsFault = ({ method, rewards = [] }: RunConfig): Fault | undefined => {
  if (method !== "grpo" || rewards.length > 0) return undefined;
  return {
    message: `rewards are missing: 'grpo' learns by what its completions are worth. Declare one in hyperparameters.rewards, such as {"type": "exact_match"}, regex, json_schema or length.`,
    details: { method, rewards: 0 },
  };
};

/** What is asked for and would do nothing. */
const methodFaults = ({ method }: RunConfig, { asked }: Beside): Fault[] =>
  methodOptions
    .filter((name) => !isOptionOf(name, method) && isAsked(asked[name]))
    .map((name) => ({
      message: `The option ${name}${shown(asked[name])} is for ${wordsOf(name)}, not for '${method}': leave it out, or choose another method.`,
      details: { method, [name]: asked[name] },
    }));

/** Rewards are too long for a sentence. */
const shown = (value: unknown): string => (typeof value === "number" ? `, ${value},` : "");

/** An empty list says that there is none. */
const isAsked = (value: unknown): boolean =>
  value !== undefined && !(Array.isArray(value) && value.length === 0);

const wordsOf = (name: MethodOption): string => methodsOf[name].map((method) => `'${method}'`).join(", ");

/** All completions of a step are written together. */
const mostCompletions = 4096;

const completionsFault = (config: RunConfig): Fault | undefined => {
  const { method, batchSize, gradientAccumulation } = config;
  const { numGenerations = defaultHyperparameters.numGenerations } = config;
  const completions = batchSize * gradientAccumulation * numGenerations;
  if (method !== "grpo" || completions <= mostCompletions) return undefined;
  return {
    message: `batchSize ${batchSize} × gradientAccumulation ${gradientAccumulation} × numGenerations ${numGenerations} are ${completions} completions a step; 'grpo' takes ${mostCompletions} at most: lower any of the three.`,
    details: { batchSize, gradientAccumulation, numGenerations, completions, most: mostCompletions },
  };
};

/** What trains in a process of its own. */
const apartFault = (config: RunConfig, beside: Beside): Fault | undefined => {
  const { method } = config;
  const forms = (["dora", "fullFineTuning"] as const).filter((form) => config[form]);
  if (method !== "grpo" || forms.length === 0) return undefined;
  const found = forms.map((form) => formIn(form, config, beside));
  const names = found.map(({ named }) => named).join(" and ");
  const remedies = found.map(({ remedy }) => remedy).join(" and ");
  return {
    message: `${names} ${forms.length > 1 ? "are" : "is"} not trained by 'grpo', which writes in the shared passes: ${remedies}.`,
    details: { method, ...Object.fromEntries(forms.map((form) => [form, true])) },
  };
};

const checks: ((config: RunConfig, beside: Beside) => Fault | Fault[] | undefined)[] = [
  methodFaults,
  rewardsFault,
  completionsFault,
  apartFault,
  adapterFault,
  batchFault,
  packingFault,
  stepsFault,
  nothingHeldOut,
  stoppingFault,
  doraFault,
  roundedFault,
];
