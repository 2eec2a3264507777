import { eq, sql } from "drizzle-orm";
import { mayHaveNext, working } from "../runs/queue-order.ts";
import type { Store } from "../store.ts";
import { awaitedBases, workers } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { readLiveWorkers } from "./workers.ts";

/** A call waits for 20 s, and a caller who is told to try again does so soon or not at all. */
const rememberSeconds = 60;
/** Any fixed number: workers decide one after the other. */
const decisionLock = 7_305_129_447;

/** Who waits for a base: queued runs, or a call that found nobody who held it. */
export type Awaited = {
  engineKey: string;
  runs: number;
  calls: boolean;
  /** How long the oldest of them has waited, by the database's clock. */
  seconds: number;
};
/** What a worker decides by: who waits for what, which bases others hold, and which ones they are changing to. */
export type Claimable = { awaited: Awaited[]; heldElsewhere: Set<string>; coming: Set<string> };

/** Notes that a call waits for a base; again while it still does. */
export const awaitBase = async ({ db }: Store, engineKey: string): Promise<void> => {
  const stillWaits = sql`${awaitedBases.askedAt} > now() - make_interval(secs => ${rememberSeconds})`;
  await db
    .insert(awaitedBases)
    .values({ engineKey })
    .onConflictDoUpdate({
      target: awaitedBases.engineKey,
      set: {
        askedAt: sql`now()`,
        since: sql`case when ${stillWaits} then ${awaitedBases.since} else now() end`,
      },
    });
};

/**
 * Who waits now, for each base that is waited for; a run waits from when it could first be claimed. Whoever has reached
 * a limit waits for that and for no worker, except with runs that are only to end.
 */
export const listAwaited = async ({ db }: { db: Store["db"] | Transaction }): Promise<Awaited[]> => {
  const { rows } = await db.execute<{ engineKey: string; runs: number; calls: boolean; seconds: number }>(sql`
    with ${working},
    queues as (
      select engine_key, user_id, count(*)::int as runs, min(not_before) as since from runs
      where status = 'queued' and not_before <= now()
      group by engine_key, user_id
    ),
    waiting as (
      select engine_key, runs, since, false as is_call from queues where ${mayHaveNext(sql`queues.user_id`)}
      union all
      select engine_key, 1, not_before, false from runs
      where status = 'queued' and cancel_requested and not_before <= now()
        and not ${mayHaveNext(sql`runs.user_id`)}
      union all
      select engine_key, 0, since, true from awaited_bases
      where asked_at > now() - make_interval(secs => ${rememberSeconds})
    )
    select engine_key as "engineKey", sum(runs)::int as runs, bool_or(is_call) as calls,
      extract(epoch from now() - min(since))::float8 as seconds
    from waiting group by engine_key order by seconds desc`);
  return rows;
};

/**
 * Lets a worker decide which base it changes to, and keeps that for the others to see. Workers take turns:
 * two of them never leave their bases for the same waiting run.
 *
 * @returns the chosen engine key; `undefined` where the worker stays
 */
export const claimBase = (
  store: Store,
  { workerId, choose }: { workerId: string; choose: (claimable: Claimable) => string | undefined },
): Promise<string | undefined> =>
  store.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${decisionLock})`);
    const others = (await readLiveWorkers(tx)).filter(({ id }) => id !== workerId);
    // One that can't get its engine up, or is about to leave its base, answers nobody.
    const holding = others.filter(({ state, nextEngineKey }) => state === "ready" && !nextEngineKey);
    const chosen = choose({
      awaited: await listAwaited({ db: tx }),
      heldElsewhere: new Set(holding.map(({ engineKey }) => engineKey)),
      coming: new Set(others.flatMap(({ nextEngineKey }) => nextEngineKey ?? [])),
    });
    if (chosen !== undefined)
      await tx.update(workers).set({ nextEngineKey: chosen }).where(eq(workers.id, workerId));
    return chosen;
  });
