import type { Store } from "@loraloom/store";
import { getAdapter } from "@loraloom/store/adapters";
import { hasEvaluation } from "@loraloom/store/files";
import type { AvatarScope } from "@loraloom/store/keys";
import type { RunConfig } from "@loraloom/store/tables";
import type { Services } from "../context.ts";
import { type Base, resolveBase } from "../deployment.ts";
import type { EvaluationInput } from "./evaluation.ts";
import { requireAgreement } from "./require-agreement.ts";
import { toRunConfig } from "./run-config.ts";
import type { RunOptions } from "./run-options.ts";
import { findStart, requireGoesOn, type Start } from "./start-from.ts";

type Plan = Base & { config: RunConfig };

/**
 * The engine and the config that a run with these options gets.
 *
 * @throws LoraloomError `adapter_not_found`, `unknown_base_model`, `model_not_loaded`, `bad_option`, or as
 * {@link findStart} and {@link requireGoesOn}
 */
export const planRun = async (
  services: Pick<Services, "store" | "deployment">,
  avatar: AvatarScope,
  options: RunOptions,
): Promise<Plan> => {
  const { baseModel } = await getAdapter(services.store, avatar);
  return planFirstRun(services, avatar, { ...options, baseModel: options.baseModel ?? baseModel });
};

/**
 * What {@link planRun} gives once the adapter is made: on the base that is asked for, else the server's own.
 *
 * @throws LoraloomError as {@link planRun}
 */
export const planFirstRun = async (
  services: Pick<Services, "store" | "deployment">,
  avatar: AvatarScope,
  options: RunOptions,
): Promise<Plan> => {
  const { store } = services;
  const base = await resolveBase(services, options.baseModel);
  const evaluation = options.evaluation ?? (await usualEvaluation(store, avatar));
  const start = await planStart(store, avatar, { ...options, ...base });
  const config = toRunConfig({ ...options, evaluation, start });
  requireAgreement(config, { asked: options.hyperparameters, engineKey: base.engineKey });
  return { ...base, config };
};

const planStart = async (
  store: Store,
  avatar: AvatarScope,
  { startFrom, ...going }: Pick<RunOptions, "startFrom" | "hyperparameters"> & Base,
): Promise<Start | undefined> => {
  if (startFrom === undefined) return undefined;
  const start = await findStart(store, avatar, startFrom);
  requireGoesOn(start, going);
  return start;
};

/** The evaluation files, where there are any. */
export const usualEvaluation = async (store: Store, avatar: AvatarScope): Promise<EvaluationInput> =>
  (await hasEvaluation(store, avatar)) ? "files" : "none";
