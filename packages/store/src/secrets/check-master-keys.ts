import { isLoraloomError, type LoraloomError } from "@loraloom/errors";
import { sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { sealedColumns } from "./sealed-columns.ts";

/**
 * Says in the log, at a start, what is wrong with the master keys. Training goes on without them: only what needs a
 * secret is refused, and nothing that was sealed is lost.
 *
 * @throws LoraloomError `database_unavailable`
 */
export const checkMasterKeys = async (store: Store): Promise<void> => {
  const needed = await neededKeys(store);
  const exposed = await store.masterKeys.exposedFile();
  if (exposed !== undefined) reportExposed(store, exposed);
  try {
    const known = new Set(await store.masterKeys.keyIds());
    const missing = needed.filter((id) => !known.has(id));
    if (missing.length > 0) report(store, missing);
  } catch (error) {
    if (!isLoraloomError(error, "master_key_unusable")) throw error;
    reportFile(store, error, needed.length > 0);
  }
};

const neededKeys = async ({ db }: Store): Promise<string[]> => {
  const ids = new Set<string>();
  for (const { table, column } of sealedColumns) {
    const rows = await db.selectDistinct({ id: sql<string>`${column}->>'keyId'` }).from(table);
    for (const { id } of rows) ids.add(id);
  }
  return [...ids];
};

const reportExposed = ({ log }: Store, path: string): void =>
  log.warn(
    { remedy: `Let its owner alone, whom the host runs as, read it: chmod 600 '${path}'.` },
    `the master key file '${path}' can be read by others than its owner, who then open every stored secret`,
  );

const report = ({ log }: Store, missing: string[]): void =>
  log.error(
    { code: "secret_unreadable", missing },
    "secrets were sealed with master keys that are not in LORALOOM_MASTER_KEY_FILE: put them back into it",
  );

const reportFile = ({ log }: Store, error: LoraloomError, isNeeded: boolean): void => {
  const told = { code: error.code, remedy: error.remedy };
  if (isNeeded) log.error(told, `stored secrets can't be read: ${error.message}`);
  else log.warn(told, `no secret can be stored: ${error.message}`);
};
