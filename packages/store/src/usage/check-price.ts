import { LoraloomError } from "@loraloom/errors";
import { desc, gt, sql } from "drizzle-orm";
import { prepared } from "../database/prepared.ts";
import type { Executor, Store } from "../store.ts";
import { usageLedger } from "../tables/index.ts";
import { costOfSeconds, type Price } from "./price.ts";

const variable = "LORALOOM_PRICE_PER_GPU_HOUR";
/** Of sums of fractions, which are never quite the price. */
const tolerance = 0.001;

/**
 * Refuses to work for nothing where an operator capped what users may spend: a cost of 0 never reaches the cap.
 *
 * @throws LoraloomError `bad_configuration`
 */
export const requirePrice = async (db: Executor, price: Price | undefined): Promise<void> => {
  if (price !== undefined) return;
  if ((await findCapped(db, {})).length === 0) return;
  throw new LoraloomError(
    "bad_configuration",
    `${variable} is missing, and the limit 'costPerMonth' is set: what this worker trains would cost nothing, and the limit never be reached. Set it as for the hosts, or take those limits away.`,
    { details: { variables: [variable] } },
  );
};

/** Built once: a claim asks it. */
const findCapped = prepared<{ userId: string }>(
  "find-capped",
  sql`select user_id as "userId" from limits where jsonb_typeof(changes -> 'costPerMonth') = 'number' limit 1`,
);

/**
 * For a worker's start: {@link requirePrice}, and a warning where it bills by another price than was billed by last.
 *
 * @throws LoraloomError `bad_configuration`
 */
export const checkPrice = async ({ db, price, log }: Pick<Store, "db" | "price" | "log">): Promise<void> => {
  await requirePrice(db, price);
  const billed = await lastBilled(db);
  const own = costOfSeconds(1, price);
  if (billed === undefined || Math.abs(own - billed) <= tolerance * Math.max(own, billed)) return;
  const hourly = (perSecond: number) => Number((perSecond * 3_600).toPrecision(6));
  log.warn(
    { code: "bad_configuration", variable, price: hourly(own), billedLast: hourly(billed) },
    `this worker bills ${hourly(own)} for a GPU hour, the last hour was billed ${hourly(billed)}: unless the price was changed, set ${variable} alike for all hosts and workers`,
  );
};

/** A second's cost in the last hour that anything was billed in. */
const lastBilled = async (db: Executor): Promise<number | undefined> => {
  const { gpuSeconds, cost, hour } = usageLedger;
  const [last] = await db
    .select({ rate: sql<number>`${cost} / ${gpuSeconds}` })
    .from(usageLedger)
    .where(gt(gpuSeconds, 0))
    .orderBy(desc(hour))
    .limit(1);
  return last?.rate;
};
