import { eq, sql } from "drizzle-orm";
import { appendEvent } from "../events/index.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { attainedService, queueOrder } from "./queue-order.ts";
import { checkpointStep, type Run } from "./run.ts";

export type ClaimOptions = { workerId: string; engineKey: string; leaseSeconds: number };

/**
 * Gives a worker the next waiting run of its engine key, or `undefined`. The run gets a new attempt, which
 * fences off every older one, and a lease that the worker has to renew.
 */
export const claimRun = (store: Store, options: ClaimOptions): Promise<Run | undefined> =>
  store.db.transaction(async (tx) => {
    const runId = await claimNext(tx, options);
    if (!runId) return undefined;
    const [run] = await tx.select().from(runs).where(eq(runs.id, runId));
    if (!run) return undefined;
    await appendEvent(tx, runId, {
      type: "run-claimed",
      data: { attempt: run.attempt, workerId: options.workerId },
    });
    return run;
  });

/** One statement: whoever comes at the same time skips the row that is being taken. */
const claimNext = async (
  tx: Transaction,
  { workerId, engineKey, leaseSeconds }: ClaimOptions,
): Promise<string | undefined> => {
  const { rows } = await tx.execute<{ id: string }>(sql`
    with service as (${attainedService}),
    next as (
      select waiting.id
      from runs waiting left join service using (user_id)
      where waiting.status = 'queued' and waiting.engine_key = ${engineKey} and waiting.not_before <= now()
      order by ${queueOrder}
      limit 1
      for update of waiting skip locked
    )
    update runs set
      status = 'preparing',
      attempt = attempt + 1,
      claimed_step = ${checkpointStep},
      worker_id = ${workerId},
      lease_expires_at = now() + make_interval(secs => ${leaseSeconds}),
      started_at = coalesce(started_at, now())
    from next where runs.id = next.id
    returning runs.id`);
  return rows[0]?.id;
};
