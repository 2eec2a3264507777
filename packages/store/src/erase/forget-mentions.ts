import { and, eq, isNotNull, or, type SQL, sql } from "drizzle-orm";
import type { FileScope } from "../keys/index.ts";
import { auditLog, idempotencyKeys } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { tombstoneOf } from "./tombstones.ts";

/** Takes the id out of rows that stay, because they are other people's. */
export const forgetMentions = async (tx: Transaction, scope: FileScope): Promise<void> => {
  if (scope.avatarId === null) await forgetSubjects(tx, scope);
  await forgetAnswers(tx, scope);
};

/** With whom others had shared: their entries stay, with the tombstone in the id's place. */
const forgetSubjects = async (tx: Transaction, scope: FileScope): Promise<void> => {
  const { userId } = scope;
  const { subject, action } = auditLog;
  // What `shares.set` and `shares.remove` write: the id, alone or with the role behind it.
  const names = or(eq(subject, userId), sql`starts_with(${subject}, ${`${userId} as `})`);
  const told = sql`${tombstoneOf(scope).hash}::text || substr(${subject}, char_length(${userId}) + 1)`;
  await tx
    .update(auditLog)
    .set({ subject: told })
    .where(and(sql`${action} in ('avatar-shared', 'share-removed')`, names));
};

/** Answers to others: that their calls were done is still known, so that nothing is done twice. */
const forgetAnswers = async (tx: Transaction, scope: FileScope): Promise<void> => {
  const { answer } = idempotencyKeys;
  const named = sql`strpos(${answer}::text, to_json(${scope.avatarId ?? scope.userId}::text)::text) > 0`;
  await tx
    .update(idempotencyKeys)
    .set({ answer: null })
    .where(and(isNotNull(answer), named, whoseAnswers(scope)));
};

/** An avatar's id says something only where its user is known. */
const whoseAnswers = ({ userId, avatarId }: FileScope): SQL | undefined =>
  avatarId === null ? undefined : or(eq(idempotencyKeys.ownerId, userId), eq(idempotencyKeys.userId, ""));
