import type { Store } from "@loraloom/store";
import { getAdapter } from "@loraloom/store/adapters";
import { hasEvaluation } from "@loraloom/store/files";
import type { AvatarScope } from "@loraloom/store/keys";
import type { RunConfig } from "@loraloom/store/tables";
import type { AboutAvatar } from "../access/owner.ts";
import type { Services } from "../context.ts";
import { type Base, resolveBase } from "../deployment.ts";
import type { EvaluationInput } from "./evaluation.ts";
import { requireAgreement } from "./require-agreement.ts";
import { toRunConfig } from "./run-config.ts";
import type { RunOptions } from "./run-options.ts";
import { findStart, requireGoesOn, type Start } from "./start-from.ts";

type Plan = Base & { config: RunConfig };
/** Who asks for a run of which avatar. */
export type Planning = AboutAvatar & Pick<Services, "deployment">;

/**
 * The engine and the config that a run with these options gets.
 *
 * @throws LoraloomError `adapter_not_found`, `unknown_base_model`, `model_not_loaded`, `bad_option`, or as
 * {@link findStart} and {@link requireGoesOn}
 */
export const planRun = async (planning: Planning, options: RunOptions): Promise<Plan> => {
  const { baseModel } = await getAdapter(planning.store, planning.avatar);
  return planFirstRun(planning, { ...options, baseModel: options.baseModel ?? baseModel });
};

/**
 * What {@link planRun} gives once the adapter is made: on the base that is asked for, else the server's own.
 *
 * @throws LoraloomError as {@link planRun}
 */
export const planFirstRun = async (planning: Planning, options: RunOptions): Promise<Plan> => {
  const { store, avatar } = planning;
  const [base, evaluation] = await Promise.all([
    resolveBase(planning, options.baseModel),
    options.evaluation ?? usualEvaluation(store, avatar),
  ]);
  const start = await planStart(planning, { ...options, ...base });
  const config = toRunConfig({ ...options, evaluation, start });
  requireAgreement(config, { asked: options.hyperparameters, engineKey: base.engineKey });
  return { ...base, config };
};

const planStart = async (
  asking: AboutAvatar,
  { startFrom, ...going }: Pick<RunOptions, "startFrom" | "hyperparameters"> & Base,
): Promise<Start | undefined> => {
  if (startFrom === undefined) return undefined;
  const start = await findStart(asking, startFrom);
  requireGoesOn(start, going);
  return start;
};

/** The evaluation files, where there are any. */
export const usualEvaluation = async (store: Store, avatar: AvatarScope): Promise<EvaluationInput> =>
  (await hasEvaluation(store, avatar)) ? "files" : "none";
