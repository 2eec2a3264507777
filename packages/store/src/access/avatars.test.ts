import { expect, test } from "vitest";
import { auditLog, avatars, users } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { ensureAvatar, writeAudit } from "./index.ts";

test("an avatar and its user come into being once, also when two requests come at once", async () => {
  await using store = await openTestStore();
  const scope = { userId: "ann", avatarId: "__proto__" };
  await Promise.all([1, 2, 3, 4].map(() => ensureAvatar(store, scope)));
  expect(await store.db.$count(users)).toBe(1);
  expect(await store.db.select().from(avatars)).toMatchObject([{ userId: "ann", id: "__proto__" }]);
});

test("the audit log names who did what", async () => {
  await using store = await openTestStore();
  await writeAudit(store, { keyId: "k", userId: "ann", action: "file-deleted", subject: "a.jsonl" });
  expect(await store.db.select().from(auditLog)).toMatchObject([
    { keyId: "k", userId: "ann", avatarId: null, action: "file-deleted", subject: "a.jsonl" },
  ]);
});
