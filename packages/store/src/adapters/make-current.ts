import { and, eq, sql } from "drizzle-orm";
import { adapters, versions } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { type Adapter, adapterOf } from "./lock-adapter.ts";

/**
 * Shows readers another version, or none, and takes the next `publish_seq` for it. The caller holds the
 * adapter's lock, so that the numbers rise in the order of the changes.
 */
export const makeCurrent = async (
  tx: Transaction,
  adapter: Adapter,
  versionId: string | null,
): Promise<Adapter> => {
  const [changed] = await tx
    .update(adapters)
    .set({ currentVersion: versionId, publishSeq: sql`nextval('publish_seq')`, updatedAt: sql`now()` })
    .where(adapterOf(adapter))
    .returning();
  if (!changed) throw new Error(`Adapter of avatar ${adapter.avatarId} is gone although its row is locked`);
  await tx
    .update(versions)
    .set({ state: "previous" })
    .where(and(ofAvatar(adapter), eq(versions.state, "current")));
  if (versionId) {
    await tx
      .update(versions)
      .set({ state: "current", publishedSeq: changed.publishSeq })
      .where(eq(versions.id, versionId));
  }
  return changed;
};

const ofAvatar = ({ userId, avatarId }: Adapter) =>
  and(eq(versions.userId, userId), eq(versions.avatarId, avatarId));
