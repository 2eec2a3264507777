import { LoraloomError } from "@loraloom/errors";
import {
  type AdapterShape,
  readVersionForm,
  resolveVersion,
  type Version,
  type VersionForm,
} from "@loraloom/store/adapters";
import type { RunConfig } from "@loraloom/store/tables";
import { z } from "zod";
import { type AboutAvatar, otherAvatarOf } from "../access/owner.ts";
import { versionId } from "../adapter/adapter-schemas.ts";
import { knownOptions } from "../schemas/known-options.ts";
import { text } from "../schemas/text.ts";
import type { HyperparametersInput } from "./hyperparameters.ts";

/** The version whose weights a run begins with: "current", an id, or one of another avatar of the user. */
export const startFromSchema = z.union(
  [versionId, knownOptions({ avatarId: text.optional(), version: versionId.default("current") })],
  {
    error:
      'must be "current", a version\'s id, or an object such as {"avatarId": "mia", "version": "current"}',
  },
);

export type StartFrom = z.output<typeof startFromSchema>;

/** A version to start from, and what a run that does takes from it. */
export type Start = {
  stored: NonNullable<RunConfig["startFrom"]>;
  version: Version;
  form: VersionForm;
};

/**
 * Finds the version that a run is asked to start from, if the caller may read the avatar that it is of.
 *
 * @throws LoraloomError as {@link otherAvatarOf}, `adapter_not_found`, `version_not_found`, `no_current_version`,
 * `corrupt_adapter`, `storage_unavailable`
 */
export const findStart = async (asking: AboutAvatar, asked: StartFrom): Promise<Start> => {
  const { avatarId, version: named } =
    typeof asked === "string" ? { avatarId: undefined, version: asked } : asked;
  const avatar = avatarId === undefined ? asking.avatar : await otherAvatarOf(asking, avatarId);
  const version = await resolveVersion(asking.store, avatar, named === "current" ? undefined : named);
  const form = await readVersionForm(asking.store, version);
  return { stored: { avatarId: avatar.avatarId, version: version.id }, version, form };
};

type Going = { baseModel: string; hyperparameters: HyperparametersInput };

/**
 * Whether a run can go on from a version: on the same base model, and in the same form.
 *
 * @throws LoraloomError `base_model_mismatch`, `bad_option` where another form is asked for
 */
export const requireGoesOn = (start: Start, { baseModel, hyperparameters }: Going): void => {
  requireSameBase(start, baseModel);
  requireSameKind(start, hyperparameters);
  const { version, form } = start;
  if (form.fullFineTuning) return;
  for (const name of formOptions) requireSame({ version, shape: form }, name, hyperparameters[name]);
};

/** A whole model goes on as one, and an adapter as an adapter. */
const requireSameKind = ({ version, form }: Start, { fullFineTuning: asked }: HyperparametersInput) => {
  const { fullFineTuning: given } = form;
  if (asked === undefined || asked === given) return;
  throw new LoraloomError(
    "bad_option",
    `The run asks for fullFineTuning ${asked}, and version '${version.id}', which it starts from, is ${given ? "a whole model" : "an adapter"}.`,
    { details: { option: "fullFineTuning", asked, version: given } },
  );
};

const requireSameBase = ({ version }: Start, baseModel: string): void => {
  if (version.baseModel === baseModel) return;
  throw new LoraloomError(
    "base_model_mismatch",
    `Version '${version.id}' was trained on '${version.baseModel}': a run on '${baseModel}' can't start from it.`,
    { details: { version: version.baseModel, run: baseModel } },
  );
};

const formOptions = ["rank", "alpha", "rankStabilized", "dora", "targetModules"] as const;
type FormOption = (typeof formOptions)[number];

const requireSame = (
  { version, shape }: Pick<Start, "version"> & { shape: AdapterShape },
  name: FormOption,
  asked: HyperparametersInput[FormOption],
) => {
  const given = shape[name];
  if (asked === undefined || isSame(asked, given)) return;
  throw new LoraloomError(
    "bad_option",
    `The run asks for ${name} ${asked}, and version '${version.id}', which it starts from, has ${given}.`,
    { details: { option: name, asked, version: given } },
  );
};

type Form = AdapterShape[FormOption];

/** Which layers "all-linear" stands for is known where the base is: the engine compares them. */
const isSame = (asked: Form, given: Form): boolean => {
  if (asked === "all-linear" || given === "all-linear") return true;
  if (!Array.isArray(asked) || !Array.isArray(given)) return asked === given;
  return [...asked].sort().join() === [...given].sort().join();
};
