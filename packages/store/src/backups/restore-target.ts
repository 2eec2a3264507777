import { LoraloomError } from "@loraloom/errors";
import { and, eq } from "drizzle-orm";
import { adapterOf } from "../adapters/lock-adapter.ts";
import type { Version } from "../adapters/version.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { Executor } from "../store.ts";
import { adapters, versions } from "../tables/index.ts";
import type { Backup } from "./backup.ts";

/** The life of an adapter that is restored into. */
export type Target = AvatarScope & { generation: number };

/** @throws LoraloomError `base_model_mismatch` */
export const readTarget = async (db: Executor, scope: AvatarScope, backup: Backup): Promise<Target> => {
  const [adapter] = await db.select().from(adapters).where(adapterOf(scope));
  if (adapter?.state === "active") requireSameBase(adapter, backup);
  return { userId: scope.userId, avatarId: scope.avatarId, generation: adapter?.generation ?? 1 };
};

type Based = { avatarId: string; baseModel: string };

/** @throws LoraloomError `base_model_mismatch` */
export const requireSameBase = (adapter: Based, { id, baseModel }: Backup): void => {
  if (adapter.baseModel === baseModel) return;
  throw new LoraloomError(
    "base_model_mismatch",
    `Backup '${id}' was trained on '${baseModel}', and the adapter of avatar '${adapter.avatarId}' is one of '${adapter.baseModel}'.`,
    { details: { backup: baseModel, adapter: adapter.baseModel } },
  );
};

/** The version that a backup has become in this life of the adapter. */
export const findRestored = async (
  db: Executor,
  { userId, avatarId, generation }: Target,
  backupId: string,
): Promise<Version | undefined> => {
  const [version] = await db
    .select()
    .from(versions)
    .where(
      and(
        eq(versions.userId, userId),
        eq(versions.avatarId, avatarId),
        eq(versions.generation, generation),
        eq(versions.restoredFrom, backupId),
      ),
    );
  return version;
};
