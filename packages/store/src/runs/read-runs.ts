import { LoraloomError } from "@loraloom/errors";
import { and, desc, eq, lt, type SQL } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import { type PageRequest, pageOf } from "../page.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import type { Run } from "./run.ts";

export const ofScope = ({ userId, avatarId }: AvatarScope, runId?: string): SQL | undefined =>
  and(eq(runs.userId, userId), eq(runs.avatarId, avatarId), runId ? eq(runs.id, runId) : undefined);

export const runNotFound = (runId: string): LoraloomError =>
  new LoraloomError("run_not_found", `There is no run '${runId}'.`, { details: { runId } });

/** @throws LoraloomError `run_not_found` */
export const getRun = async (store: Store, scope: AvatarScope, runId: string): Promise<Run> => {
  const [run] = await store.db.select().from(runs).where(ofScope(scope, runId));
  if (!run) throw runNotFound(runId);
  return run;
};

/** A run of whichever avatar of the user; `undefined`: the user has no such run. */
export const findRunOfUser = async (
  store: Store,
  userId: string,
  runId: string,
): Promise<Run | undefined> => {
  const [run] = await store.db
    .select()
    .from(runs)
    .where(and(eq(runs.id, runId), eq(runs.userId, userId)));
  return run;
};

/** An avatar's runs, the newest first; `nextCursor` is null on the last page. */
export const listRuns = async (
  store: Store,
  scope: AvatarScope,
  { cursor, limit }: PageRequest,
): Promise<{ runs: Run[]; nextCursor: string | null }> => {
  const rows = await store.db
    .select()
    .from(runs)
    .where(and(ofScope(scope), cursor ? lt(runs.id, cursor) : undefined))
    .orderBy(desc(runs.id))
    .limit(limit + 1);
  const { page, nextCursor } = pageOf(rows, limit, ({ id }) => id);
  return { runs: page, nextCursor };
};
