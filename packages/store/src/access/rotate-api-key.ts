import { LoraloomError } from "@loraloom/errors";
import { and, eq, sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { apiKeys } from "../tables/index.ts";
import { unknownKey } from "./api-keys.ts";
import { type ApiKeyRecord, hashOf, newSecret, recordColumns } from "./key-record.ts";

/**
 * Gives a key another secret. Its id, rights and expiry stay; the secret before it opens as much for a while, and one
 * that was before that one nothing any more, at once.
 *
 * @param overlapSeconds how long; 0: the secret before ends at once
 * @throws LoraloomError `key_not_found`, `key_ended` where it was revoked or has expired
 */
export const rotateApiKey = async (
  store: Store,
  { id, overlapSeconds }: { id: string; overlapSeconds: number },
): Promise<{ key: string; record: ApiKeyRecord }> => {
  const key = newSecret();
  const isLive = sql`${apiKeys.revokedAt} is null and (${apiKeys.expiresAt} is null or ${apiKeys.expiresAt} > now())`;
  const [record] = await store.db
    .update(apiKeys)
    .set({
      hash: hashOf(key),
      rotatedAt: sql`now()`,
      previousHash: apiKeys.hash,
      previousUntil: sql`now() + make_interval(secs => ${overlapSeconds})`,
    })
    .where(and(eq(apiKeys.id, id), isLive))
    .returning(recordColumns);
  if (!record) throw await notRotated(store, id);
  return { key, record };
};

const notRotated = async ({ db }: Store, id: string): Promise<LoraloomError> => {
  const [record] = await db.select(recordColumns).from(apiKeys).where(eq(apiKeys.id, id));
  if (!record) return unknownKey(id);
  const [how, at] = record.revokedAt ? ["was revoked", record.revokedAt] : ["expired", record.expiresAt];
  return new LoraloomError("key_ended", `The key '${id}' ${how} at ${at?.toISOString()}.`, {
    details: { keyId: id },
  });
};
