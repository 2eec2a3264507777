import { isLoraloomError } from "@loraloom/errors";
import { eq, sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { sealedColumns } from "./sealed-columns.ts";
import { rewrapSecret, type SealedSecret } from "./sealed-secret.ts";

export type Rewrapped = {
  /** The current master key, under which all are now that could be read. */
  keyId: string;
  rewrapped: number;
  /** Those whose master key is not in the file; they stay as they are. */
  unreadable: number;
};

type SealedColumn = (typeof sealedColumns)[number];

/**
 * Puts every secret under the current master key. After that the older ones can be taken out of the file, unless
 * something was unreadable. Secrets that are set meanwhile are under the current key anyway.
 *
 * @throws LoraloomError `master_key_unusable`
 */
export const rewrapSecrets = async (store: Store): Promise<Rewrapped> => {
  const [keyId = ""] = await store.masterKeys.keyIds();
  const outcome: Rewrapped = { keyId, rewrapped: 0, unreadable: 0 };
  for (const place of sealedColumns)
    for (const sealed of await sealedUnderOthers(store, place, keyId))
      outcome[await rewrapOne(store, place, sealed)] += 1;
  return outcome;
};

const sealedUnderOthers = async (
  { db }: Store,
  { table, column }: SealedColumn,
  keyId: string,
): Promise<SealedSecret[]> => {
  const rows = await db.select({ sealed: column }).from(table).where(sql`${column}->>'keyId' <> ${keyId}`);
  return rows.map(({ sealed }) => sealed);
};

/** A secret that was set anew meanwhile is another one, and left alone. */
const rewrapOne = async (
  { db, masterKeys }: Store,
  { table, column }: SealedColumn,
  old: SealedSecret,
): Promise<"rewrapped" | "unreadable"> => {
  try {
    const sealed = await rewrapSecret(masterKeys, old);
    await db.update(table).set({ sealed }).where(eq(column, old));
    return "rewrapped";
  } catch (error) {
    if (isLoraloomError(error, "secret_unreadable")) return "unreadable";
    throw error;
  }
};
