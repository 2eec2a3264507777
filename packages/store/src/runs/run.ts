import { sql } from "drizzle-orm";
import { runs } from "../tables/index.ts";
import type { RunStatus } from "../tables/runs.ts";

/** A run as it is stored. */
export type Run = typeof runs.$inferSelect;

export const terminalStatuses: RunStatus[] = ["completed", "failed", "cancelled"];

/** Whether a run's status never changes again. */
export const isTerminal = (status: RunStatus): boolean => terminalStatuses.includes(status);

/** The step of the newest checkpoint; 0 where there is none. */
export const checkpointStep = sql<number>`coalesce((${runs.checkpoint} ->> 'step')::int, 0)`;

/**
 * What a run's row is given when objects that it no longer names have to go, now and once more later.
 * Whole milliseconds, so that the moment can be compared after a way through JavaScript.
 */
export const sweepSoon = { sweepDueAt: sql`date_trunc('milliseconds', now())`, sweepsLeft: 2 };
