import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { resolveVersion } from "@loraloom/store/adapters";
import { fetchVersion } from "../fetch-version.ts";
import type { RunContext } from "./context.ts";

/**
 * Brings the version that the run starts from here, if it starts from one. It is needed after a checkpoint
 * too, which belongs to one start only.
 *
 * @returns the folder of its files
 * @throws LoraloomError `version_not_found` and `adapter_not_found` where it was deleted meanwhile,
 * `corrupt_adapter`, `storage_unavailable`
 */
export const fetchStartingVersion = async ({
  store,
  run,
  folder,
}: RunContext): Promise<string | undefined> => {
  const { startFrom } = run.config;
  if (!startFrom) return undefined;
  const scope = { userId: run.userId, avatarId: startFrom.avatarId };
  const version = await resolveVersion(store, scope, startFrom.version);
  const path = join(folder, "start");
  await mkdir(path, { recursive: true });
  await fetchVersion(store, version, path);
  return path;
};
