import { LoraloomError } from "@loraloom/errors";
import { sql } from "drizzle-orm";
import type { Store } from "../store.ts";

/** That an ending is still to come, by the database's clock, which it will go by. @throws LoraloomError `bad_input` */
export const requireFuture = async ({ db }: Store, expiresAt: Date | undefined): Promise<void> => {
  if (!expiresAt) return;
  const { rows } = await db.execute<{ is_past: boolean }>(
    sql`select ${expiresAt.toISOString()}::timestamptz <= now() as is_past`,
  );
  if (rows[0]?.is_past)
    throw new LoraloomError("bad_input", `expiresAt = ${JSON.stringify(expiresAt)}: must be in the future.`);
};
