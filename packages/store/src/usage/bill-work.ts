import { type SQL, sql } from "drizzle-orm";
import type { Transaction } from "../transaction.ts";
import { costOfSeconds, type Price } from "./price.ts";
import { type Overbilled, takeBack } from "./take-back.ts";

/** The transaction whose change of the run, which it has locked, is billed. */
export type Billing = { tx: Transaction; runId: string; price: Price | undefined };

/**
 * Bills a step that a run has done, once and for all: after a resume the same step adds nothing. What
 * {@link billOpenStep} billed of it was a guess, which this replaces, whichever of them is more.
 *
 * @param done `tokens` since the run's beginning; `seconds` of the engine's time for this step alone
 */
export const billStep = (
  { tx, runId, price }: Billing,
  { step, tokens, seconds }: { step: number; tokens: number; seconds: number },
): Promise<void> =>
  bill(tx, {
    due: sql`
      select id, user_id, greatest(0, ${tokens}::bigint - billed_tokens) as tokens, due_seconds as seconds,
        due_seconds * ${costOfSeconds(1, price)}::float8 as cost
      from runs, lateral (select ${seconds}::float8 - open_seconds as due_seconds) as due_now
      where id = ${runId} and billed_step < ${step}`,
    marks: sql`billed_step = ${step}, open_seconds = 0`,
  });

/**
 * Bills what a step takes that is not done yet.
 *
 * @param open `step`: the one before it; `seconds` that it took so far
 */
export const billOpenStep = (
  { tx, runId, price }: Billing,
  { step, seconds }: { step: number; seconds: number },
): Promise<void> =>
  bill(tx, {
    due: sql`
      select id, user_id, 0::bigint as tokens, due_seconds as seconds,
        due_seconds * ${costOfSeconds(1, price)}::float8 as cost
      from runs, greatest(0, ${seconds}::float8 - open_seconds) as due_seconds
      where id = ${runId} and billed_step = ${step}`,
    marks: sql`open_seconds = open_seconds + due.seconds`,
  });

/** Takes back what {@link billOpenStep} billed: whoever goes on with the run begins the step anew. */
export const creditOpenStep = (tx: Transaction, runId: string): Promise<void> =>
  bill(tx, {
    due: sql`
      select id, user_id, 0::bigint as tokens, -open_seconds as seconds, -cost * open_seconds / billed_seconds as cost
      from runs where id = ${runId} and open_seconds > 0`,
    marks: sql`open_seconds = 0`,
  });

/**
 * One statement: what is due is taken from the run's marks, which it moves, and put into the user's hour. What was
 * billed too much before leaves the hours that it is in.
 */
const bill = async (tx: Transaction, { due, marks }: { due: SQL; marks: SQL }): Promise<void> => {
  const { rows } = await tx.execute<Overbilled>(sql`
    with due as (${due}),
    marked as (
      update runs set ${marks}, billed_tokens = billed_tokens + due.tokens,
        billed_seconds = billed_seconds + due.seconds, cost = runs.cost + due.cost
      from due where runs.id = due.id
    ),
    added as (
      insert into usage_ledger as ledger (user_id, hour, tokens, gpu_seconds, cost)
      select user_id, date_trunc('hour', now(), 'UTC'), tokens, greatest(0, seconds), greatest(0, cost) from due
      on conflict (user_id, hour) do update set
        tokens = ledger.tokens + excluded.tokens,
        gpu_seconds = ledger.gpu_seconds + excluded.gpu_seconds,
        cost = ledger.cost + excluded.cost
    )
    select user_id as "userId", -seconds as seconds, -cost as cost from due where seconds < 0`);
  for (const overbilled of rows) await takeBack(tx, overbilled);
};
