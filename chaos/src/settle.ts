import { createClient } from "@loraloom/client";
import pg from "pg";
import { readTables, type Tables } from "./invariants/read-facts.ts";
import { dueSweeps, unfinishedWork } from "./invariants/rest.ts";
import { pauseUntil } from "./pause-until.ts";
import type { Service } from "./service/start-service.ts";

export type SettleOptions = {
  /** When nobody waits any longer, as `performance.now()` counts. */
  deadline: number;
  signal: AbortSignal;
  report: (line: string) => void;
};

const pollMs = 1_000;

/** Waits until nothing is under way any more. What is still at the deadline is found by the invariants. */
export const untilAtRest = async ({ sources }: Service, options: SettleOptions): Promise<void> => {
  const isAtRest = (tables: Tables) => unfinishedWork(tables).length === 0;
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

const moveSweeps = async (databaseUrl: string): Promise<void> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of movements) await client.query(statement);
  } finally {
    await client.end();
  }
};

const movements = [
  // In whole milliseconds, as the service writes it. Of two sweeps the first is over by now.
  "update runs set sweep_due_at = date_trunc('milliseconds', now()), sweeps_left = 1 where sweep_due_at is not null",
  "update staged_prefixes set due_at = now(), sweeps_left = 1",
  "update uploads set expires_at = now(), urls_end_at = now() - interval '1 hour' where swept_at is null",
];

const untilTables = async (
  databaseUrl: string,
  { deadline, signal }: SettleOptions,
  isDone: (tables: Tables) => boolean,
): Promise<boolean> => {
  while (performance.now() < deadline) {
    if (isDone(await readTables(databaseUrl))) return true;
    if (!(await pauseUntil(performance.now() + pollMs, signal))) return false;
  }
  return false;
};
