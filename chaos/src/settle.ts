import { createClient } from "@loraloom/client";
import { readTables, type Tables } from "./invariants/read-facts.ts";
import { dueSweeps, unfinishedWork } from "./invariants/rest.ts";
import { pauseUntil } from "./pause-until.ts";
import type { Service } from "./service/start-service.ts";
import { withDatabase } from "./service/with-database.ts";

export type SettleOptions = {
  /** When nobody waits any longer, as `performance.now()` counts. */
  deadline: number;
  signal: AbortSignal;
  report: (line: string) => void;
};

const pollMs = 300;

/**
 * Waits until nothing is under way any more: no limit keeps runs waiting, and messages that wait minutes after a failure
 * are sent. What is still at the deadline is found by the invariants.
 */
export const untilAtRest = async (service: Service, options: SettleOptions): Promise<void> => {
  const { sources } = service;
  await untilConnected(sources.databaseUrl, options);
  if (options.signal.aborted) return;
  await liftLimits(service);
  await withDatabase(sources.databaseUrl, async (client) => {
    for (const statement of claimsOver) await client.query(statement);
  });
  const isAtRest = async (tables: Tables) => {
    // Again each time: a try that was on its way may have failed since.
    await withDatabase(sources.databaseUrl, (client) => client.query(messagesDue));
    return unfinishedWork(tables).length === 0;
  };
  if (await untilTables(sources.databaseUrl, options, isAtRest)) options.report("everything is at rest");
};

/**
 * Has an operator sweep, and makes due before what is due minutes or hours later: what sweeps remove is then gone, and
 * each object that is left has to be named by a row.
 */
export const untilSwept = async (service: Service, options: SettleOptions): Promise<void> => {
  const { databaseUrl } = service.sources;
  if (options.signal.aborted) return;
  await moveSweeps(databaseUrl);
  const [url = ""] = service.hostUrls;
  await createClient({ url, apiKey: service.apiKey }).admin.sweep.mutate({});
  const isSwept = (tables: Tables) => dueSweeps(tables).length === 0;
  if (await untilTables(databaseUrl, options, isSwept)) options.report("everything is swept");
};

/** As an operator does for users who have come to the end of what they may use. */
const liftLimits = async ({ hostUrls: [url = ""], apiKey }: Service): Promise<void> => {
  const { admin } = createClient({ url, apiKey });
  const { users } = await admin.limits.list.query({});
  for (const { userId, limits } of users.filter(({ limits }) => typeof limits.tokensPerDay === "number"))
    await admin.limits.set.mutate({ userId, limits: { ...limits, tokensPerDay: null } });
};

/**
 * A claim may be that of a process that was killed, whose side job another one takes up only when its heartbeat has
 * been out for half a minute; a message or a job that comes twice is borne.
 */
const claimsOver = [
  "update webhook_deliveries set claimed_until = null where state = 'pending'",
  "delete from pgboss.job where state = 'active'",
];
const messagesDue = `with awake as (update webhooks set rests_until = null)
  update webhook_deliveries set due_at = now() where state = 'pending'`;

const moveSweeps = (databaseUrl: string): Promise<void> =>
  withDatabase(databaseUrl, async (client) => {
    for (const statement of movements) await client.query(statement);
  });

const movements = [
  // In whole milliseconds, as the service writes it. Of two sweeps the first is over by now.
  "update runs set sweep_due_at = date_trunc('milliseconds', now()), sweeps_left = 1 where sweep_due_at is not null",
  "update staged_prefixes set due_at = now(), sweeps_left = 1",
  "update uploads set expires_at = now(), urls_end_at = now() - interval '1 hour' where swept_at is null",
];

/** The last fault may have been one of the database. */
const untilConnected = async (databaseUrl: string, { deadline, signal }: SettleOptions): Promise<void> => {
  const isThere = () =>
    withDatabase(databaseUrl, (client) => client.query("select 1")).then(
      () => true,
      () => false,
    );
  while (performance.now() < deadline && !(await isThere()))
    if (!(await pauseUntil(performance.now() + pollMs, signal))) return;
};

const untilTables = async (
  databaseUrl: string,
  { deadline, signal }: SettleOptions,
  isDone: (tables: Tables) => boolean | Promise<boolean>,
): Promise<boolean> => {
  while (performance.now() < deadline) {
    if (await isDone(await readTables(databaseUrl))) return true;
    if (!(await pauseUntil(performance.now() + pollMs, signal))) return false;
  }
  return false;
};
