import { eq, sql } from "drizzle-orm";
import { decodeTime, isValid } from "ulid";
import { keptHours } from "../exports/download-archive.ts";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { listFolders } from "../objects/index.ts";
import { exports, stagedPrefixes } from "../tables/index.ts";
import type { Rebuild } from "./rebuild.ts";

/** Archives that nobody knows of are swept as if they were known: a URL of one may still be in use. */
export const adoptExports = async ({ store }: Rebuild, scope: AvatarScope): Promise<void> => {
  const keys = adapterKeys(scope);
  for await (const id of listFolders(store.objects, keys.exportsPrefix)) {
    if (!isValid(id) || (await store.db.$count(exports, eq(exports.id, id))) > 0) continue;
    const dueAt = sql`to_timestamp(${decodeTime(id) / 1000}) + make_interval(hours => ${keptHours})`;
    await store.db
      .insert(stagedPrefixes)
      .values({ prefix: keys.exportPrefix(id), dueAt, abandoned: true })
      .onConflictDoNothing();
  }
};
