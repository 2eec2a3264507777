import { eq, type SQL, sql } from "drizzle-orm";
import { appendEvent } from "../events/index.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { findSpentLimit } from "../usage/budget.ts";
import { requirePrice } from "../usage/check-price.ts";
import { holdWaiting } from "./hold-waiting.ts";
import { concurrentRunsOf, givenService, service } from "./queue-order.ts";
import { checkpointStep, type Run } from "./run.ts";

export type ClaimOptions = { workerId: string; engineKey: string; leaseSeconds: number };

/** Users that one claim looks at, where others take their runs in the same moment; the next claim comes soon. */
const mostUsers = 8;

/**
 * Gives a worker the next waiting run of its engine key, or `undefined`: first one that is only to end with what it has
 * learnt, which takes seconds. The run gets a new attempt, which fences off every older one, and a lease that the worker
 * has to renew.
 *
 * @throws LoraloomError `bad_configuration` where it would cost nothing though users' costs are limited
 */
export const claimRun = (store: Store, options: ClaimOptions): Promise<Run | undefined> =>
  store.db.transaction(async (tx) => {
    const runId = await claimNext(tx, options);
    if (!runId) return undefined;
    await requirePrice(tx, store.price);
    const [run] = await tx.select().from(runs).where(eq(runs.id, runId));
    if (!run) return undefined;
    await appendEvent(tx, runId, {
      type: "run-claimed",
      data: { attempt: run.attempt, workerId: options.workerId },
    });
    return run;
  });

const claimNext = async (tx: Transaction, options: ClaimOptions): Promise<string | undefined> =>
  (await claimEnding(tx, options)) ?? (await claimInTurn(tx, options));

/** Whoever asked for its end waits for no turn, and for no limit. */
const claimEnding = (tx: Transaction, options: ClaimOptions): Promise<string | undefined> =>
  take(tx, options, {
    next: sql`
      select ending.id from runs as ending
      where ending.status = 'queued' and ending.cancel_requested and ending.engine_key = ${options.engineKey}
        and ending.not_before <= now()
      order by ending.created_at, ending.id
      limit 1
      for update of ending skip locked`,
  });

const claimInTurn = async (tx: Transaction, options: ClaimOptions): Promise<string | undefined> => {
  const passed: string[] = [];
  while (passed.length < mostUsers) {
    const userId = await lockNext(tx, options, passed);
    if (userId === undefined) return undefined;
    const runId = await claimOf(tx, userId, options);
    if (runId !== undefined) return runId;
    passed.push(userId);
  }
  return undefined;
};

/** Who holds no user yet may wait for one that others claim for: nobody waits for him. */
const lockNext = async (
  tx: Transaction,
  options: ClaimOptions,
  passed: string[],
): Promise<string | undefined> => {
  const { engineKey } = options;
  const free = await lockNextUser(tx, { engineKey, passed, isPatient: false });
  if (free !== undefined || passed.length > 0) return free;
  return lockNextUser(tx, { engineKey, passed, isPatient: true });
};

/**
 * The user who was given the least and has a run that may be worked on. Whoever claims at the same time skips him, so
 * that what he is given now is seen before his next run is claimed.
 */
const lockNextUser = async (
  tx: Transaction,
  { engineKey, passed, isPatient }: { engineKey: string; passed: string[]; isPatient: boolean },
): Promise<string | undefined> => {
  const { rows } = await tx.execute<{ id: string }>(sql`
    with waiting as (
      select user_id, min(created_at) as since, count(*) as runs from runs
      where status = 'queued' and engine_key = ${engineKey} and not_before <= now()
        and user_id <> all(${sql.param(passed)})
      group by user_id
    ),
    ${givenService}
    select users.id from users join given on given.user_id = users.id
    where coalesce(given.running < ${concurrentRunsOf(sql`users.id`)}, true)
    order by ${service}, given.since, users.id
    limit 1
    for no key update of users ${sql.raw(isPatient ? "" : "skip locked")}`);
  return rows[0]?.id;
};

/** His oldest run; `undefined` where somebody took it a moment ago, or a limit of his was reached meanwhile. */
const claimOf = async (
  tx: Transaction,
  userId: string,
  options: ClaimOptions,
): Promise<string | undefined> => {
  if (await findSpentLimit(tx, userId)) {
    await holdWaiting(tx, userId);
    return undefined;
  }
  const running = sql`select count(*) from runs as working where working.user_id = ${userId}
    and working.status in ('preparing', 'training', 'exporting')`;
  return take(tx, options, {
    next: sql`
      select waiting.id from runs as waiting
      where waiting.status = 'queued' and waiting.engine_key = ${options.engineKey}
        and waiting.user_id = ${userId} and waiting.not_before <= now()
        and coalesce((${running}) < ${concurrentRunsOf(sql`${userId}`)}, true)
      order by waiting.created_at, waiting.id
      limit 1
      for update of waiting skip locked`,
  });
};

/** @param next a statement that finds a waiting run, if there is one, and locks it */
const take = async (
  tx: Transaction,
  { workerId, leaseSeconds }: ClaimOptions,
  { next }: { next: SQL },
): Promise<string | undefined> => {
  const { rows } = await tx.execute<{ id: string }>(sql`
    with next as (${next})
    update runs set
      status = 'preparing',
      attempt = attempt + 1,
      claimed_step = greatest(claimed_step, ${checkpointStep}),
      worker_id = ${workerId},
      held_by = null,
      lease_expires_at = now() + make_interval(secs => ${leaseSeconds}),
      started_at = coalesce(started_at, now())
    from next where runs.id = next.id
    returning runs.id`);
  return rows[0]?.id;
};
