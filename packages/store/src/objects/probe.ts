import { LoraloomError } from "@loraloom/errors";
import { eq, sql } from "drizzle-orm";
import { probePrefix } from "../keys/index.ts";
import { newId } from "../new-id.ts";
import type { Store } from "../store.ts";
import { storageProbes } from "../tables/index.ts";
import { deletePrefix } from "./delete.ts";
import { type Check, checks, stalePut } from "./probe-checks.ts";

/**
 * Tries out once whether the bucket can do what is asked of it, and keeps the answer.
 *
 * @returns what it can't do and the design can do without
 * @throws LoraloomError `storage_unsuitable` naming each fault that can't be done without, `storage_unavailable`
 */
export const probe = async (store: Store): Promise<string[]> => {
  const [kept] = await store.db
    .select()
    .from(storageProbes)
    .where(eq(storageProbes.place, store.objects.place));
  if (kept && kept.refusesStalePut !== null) return kept.warnings;
  const faults = await runChecks(store);
  const needed = faults.filter((check) => check.needed);
  if (needed.length > 0) throw unsuitable(store, needed);
  return keepWarnings(store, faults);
};

export type ProbeReport = {
  place: string;
  /** `fault`: what the store does instead; null: it passed. `needed`: nothing works without it. */
  checks: { name: string; needed: boolean; fault: string | null }[];
};

/**
 * Tries the bucket out once more, whatever is known of it, as after a change of the store.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const probeAgain = async (store: Store): Promise<ProbeReport> => {
  const faults = await runChecks(store);
  if (!faults.some((check) => check.needed)) await keepWarnings(store, faults);
  return {
    place: store.objects.place,
    checks: checks.map(({ name, needed, fault }) => ({
      ...{ name, needed },
      fault: faults.some((failed) => failed.name === name) ? fault : null,
    })),
  };
};

const keepWarnings = async (store: Store, faults: Check[]): Promise<string[]> => {
  const warnings = faults.map((check) => check.fault);
  await keep(store, { warnings, refusesStalePut: !faults.includes(stalePut) });
  for (const warning of warnings)
    store.log.warn({ place: store.objects.place }, `the object store ${warning}`);
  return warnings;
};

const runChecks = async ({ objects }: Store): Promise<Check[]> => {
  const prefix = probePrefix(newId());
  const failed: Check[] = [];
  try {
    for (const check of checks) {
      if (!(await check.passes(objects, `${prefix}${check.name}/`))) failed.push(check);
    }
  } finally {
    await deletePrefix(objects, prefix);
  }
  return failed;
};

const unsuitable = (store: Store, faults: Check[]): LoraloomError =>
  new LoraloomError(
    "storage_unsuitable",
    `The ${store.objects.place} ${faults.map((check) => check.fault).join("; it ")}.`,
    {
      details: { checks: faults.map((check) => check.name) },
    },
  );

type Found = Pick<typeof storageProbes.$inferInsert, "warnings" | "refusesStalePut">;

const keep = async (store: Store, found: Found): Promise<void> => {
  const kept = { ...found, probedAt: sql`now()` };
  await store.db
    .insert(storageProbes)
    .values({ place: store.objects.place, ...kept })
    .onConflictDoUpdate({ target: storageProbes.place, set: kept });
};
