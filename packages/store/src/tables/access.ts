import { index, jsonb, pgTable, primaryKey, text, uniqueIndex } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

export const users = pgTable("users", {
  id: text("id").primaryKey(),
  createdAt: moment("created_at").notNull().defaultNow(),
});

export const avatars = pgTable(
  "avatars",
  {
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    id: text("id").notNull(),
    createdAt: moment("created_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.id] })],
);

export type KeyKind = "user" | "service";
export type KeyScope = "read" | "write" | "train" | "admin";

/**
 * API keys. Only a SHA-256 of a key is stored; `userId` is null for a service key. A rotation gives a key another
 * secret; the one before it opens as much until `previousUntil`.
 */
export const apiKeys = pgTable(
  "api_keys",
  {
    id: text("id").primaryKey(),
    hash: text("hash").notNull(),
    kind: text("kind").$type<KeyKind>().notNull(),
    name: text("name").notNull(),
    scopes: jsonb("scopes").$type<KeyScope[]>().notNull(),
    userId: text("user_id").references(() => users.id),
    createdAt: moment("created_at").notNull().defaultNow(),
    expiresAt: moment("expires_at"),
    revokedAt: moment("revoked_at"),
    lastUsedAt: moment("last_used_at"),
    rotatedAt: moment("rotated_at"),
    previousHash: text("previous_hash"),
    previousUntil: moment("previous_until"),
  },
  (table) => [
    uniqueIndex("api_keys_hash").on(table.hash),
    uniqueIndex("api_keys_previous_hash").on(table.previousHash),
  ],
);

/** Who did what: one row for each change that a person may later ask about. */
export const auditLog = pgTable(
  "audit_log",
  {
    id: text("id").primaryKey(),
    at: moment("at").notNull().defaultNow(),
    /** The key that was shown; null: a token of another sign-in. */
    keyId: text("key_id"),
    /** Who did it; null: a service key. */
    callerUserId: text("caller_user_id"),
    /** Whose things were changed. */
    userId: text("user_id"),
    avatarId: text("avatar_id"),
    action: text("action").notNull(),
    subject: text("subject"),
  },
  (table) => [
    index("audit_log_user").on(table.userId, table.id),
    index("audit_log_key").on(table.keyId, table.id),
  ],
);

export type CallState = "working" | "answered" | "unknown";

/**
 * Calls that came with an idempotency key, and how they were answered. The defaults, and `runId`, are for hosts of the
 * version before, which know of starts alone and go on beside newer ones during an upgrade.
 */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    /** Of the caller; empty for a call about the whole service. */
    userId: text("user_id").notNull(),
    key: text("key").notNull(),
    /** Whose things it is about, and which avatar; null: the service's. */
    ownerId: text("owner_id"),
    avatarId: text("avatar_id"),
    procedure: text("procedure").notNull().default("train.start"),
    requestHash: text("request_hash").notNull(),
    state: text("state").$type<CallState>().notNull().default("answered"),
    /** Whose work counts: whoever took the call over has another one. */
    claimId: text("claim_id").notNull().default(""),
    /** Until when its process is taken to be at it. */
    workingUntil: moment("working_until").notNull().defaultNow(),
    /** The id of what the call has made. */
    made: text("made"),
    /** The run that a start has made, as those hosts write and read it. */
    runId: text("run_id"),
    /** As superjson writes it; null where it is not kept. */
    answer: jsonb("answer"),
    createdAt: moment("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.key] }),
    index("idempotency_keys_age").on(table.createdAt),
  ],
);
