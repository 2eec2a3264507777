import { LoraloomError } from "@loraloom/errors";
import { findAdapter, resolveVersion } from "@loraloom/store/adapters";
import type { AvatarScope } from "@loraloom/store/keys";
import type { Services } from "../context.ts";
import { resolveBase } from "../deployment.ts";
import type { InferenceRequest } from "../inference.ts";
import { findRun } from "./find-run.ts";

/** Who answers: as the engines are asked for it, and as the caller is told of it. */
export type Answerer = {
  target: Pick<InferenceRequest, "engineKey" | "workerId" | "adapter">;
  /** null: a run answers. */
  version: string | null;
};

/**
 * The run that is named, else the version, else the avatar's current version.
 *
 * @throws LoraloomError `bad_option` where both are named, `adapter_not_found`, `version_not_found`,
 * `no_current_version`, `run_not_found`, `run_not_training`
 */
export const findAnswerer = async (
  services: Services,
  avatar: AvatarScope,
  { version, runId }: { version?: string | undefined; runId?: string | undefined },
): Promise<Answerer> => {
  if (runId === undefined) return findVersion(services, avatar, version ?? "current");
  if (version === undefined) return findRun(services.store, avatar, runId);
  throw new LoraloomError(
    "bad_option",
    `version = '${version}' and runId = '${runId}': only one of the two can answer.`,
    { details: { version, runId } },
  );
};

const findVersion = async (services: Services, avatar: AvatarScope, asked: string): Promise<Answerer> => {
  if (asked === "base") {
    const adapter = await findAdapter(services.store, avatar);
    const { engineKey } = await resolveBase(services, adapter?.baseModel);
    return { target: { engineKey, adapter: null }, version: "base" };
  }
  const version = await resolveVersion(services.store, avatar, asked === "current" ? undefined : asked);
  const { id, engineKey, userId, avatarId } = version;
  return { target: { engineKey, adapter: { userId, avatarId, versionId: id } }, version: id };
};
