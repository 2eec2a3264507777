import { LoraloomError } from "@loraloom/errors";
import { withAdvisoryLock } from "./database/advisory-lock.ts";
import type { Database, Store } from "./store.ts";

/** Each turn is caused by a change while the one before was written, here or by another tool. */
const maxTurns = 8;

export type Projection = {
  /** The object that shows what the table says; each kind of projection has its own keys. */
  key: string;
  /** Writes it once, on the connection that holds the lock. */
  projectOnce: (db: Database) => Promise<"current" | "again">;
};

/**
 * Repeats a projection until it shows what the table says. Any number of processes may do so: they take turns,
 * and who comes late finds nothing to do.
 *
 * @throws LoraloomError `storage_unavailable` when it changes too often, and what a turn throws
 */
export const bringUpToDate = (store: Store, { key, projectOnce }: Projection): Promise<void> =>
  withAdvisoryLock(store, `projection:${key}`, async (db) => {
    for (let turn = 1; turn <= maxTurns; turn += 1) {
      if ((await projectOnce(db)) === "current") return;
    }
    throw new LoraloomError(
      "storage_unavailable",
      `'${key}' changed ${maxTurns} times while it was written.`,
    );
  });
