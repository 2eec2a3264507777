import { LoraloomError } from "@loraloom/errors";
import { and, desc, eq, isNotNull, ne, sql } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { versions } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { type Adapter, lockActiveAdapter } from "./lock-adapter.ts";
import { makeCurrent } from "./make-current.ts";
import { requestAdapterProjection } from "./project-adapter.ts";
import { ofGeneration, versionNotFound } from "./version.ts";

/**
 * Makes another version current: the named one, which may be a candidate, or the one that was current
 * before. Nothing is uploaded. Naming the current version changes nothing.
 *
 * @throws LoraloomError `adapter_not_found`, `version_not_found`, `no_previous_version`
 */
export const rollbackAdapter = async (
  store: Store,
  scope: AvatarScope,
  { version }: { version?: string | undefined } = {},
): Promise<Adapter> => {
  const adapter = await store.db.transaction(async (tx) => {
    const locked = await lockActiveAdapter(tx, scope);
    const target = version ? await namedVersion(tx, locked, version) : await versionBefore(tx, locked);
    return target === locked.currentVersion ? locked : makeCurrent(tx, locked, target);
  });
  requestAdapterProjection(store, scope);
  return adapter;
};

const namedVersion = async (tx: Transaction, adapter: Adapter, version: string): Promise<string> => {
  const [found] = await tx
    .select({ id: versions.id })
    .from(versions)
    .where(and(ofGeneration(adapter), eq(versions.id, version)));
  if (!found) throw versionNotFound(version);
  return found.id;
};

/** The version that was current last, so that two rollbacks lead back. */
const versionBefore = async (tx: Transaction, adapter: Adapter): Promise<string> => {
  const [before] = await tx
    .select({ id: versions.id })
    .from(versions)
    .where(
      and(
        ofGeneration(adapter),
        isNotNull(versions.publishedSeq),
        ne(versions.id, sql`coalesce(${adapter.currentVersion}::text, '')`),
      ),
    )
    .orderBy(desc(versions.publishedSeq))
    .limit(1);
  if (!before) {
    throw new LoraloomError(
      "no_previous_version",
      `The adapter of avatar '${adapter.avatarId}' had no other version.`,
    );
  }
  return before.id;
};
