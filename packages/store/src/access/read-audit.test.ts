import { expect, test } from "vitest";
import { openTestStore } from "../testing/index.ts";
import { listAudit, writeAudit } from "./index.ts";

test("the audit log is read by whose, by whom, what and when, page by page, the newest first", async () => {
  await using store = await openTestStore();
  for (const [userId, keyId, action] of [
    ["ann", "k1", "file-deleted"],
    ["ann", "k2", "run-started"],
    ["bob", "k1", "run-started"],
  ] as const)
    await writeAudit(store, { userId, keyId, action, avatarId: "one" });
  const list = async (filter: Parameters<typeof listAudit>[1], cursor?: string) =>
    listAudit(store, filter, { limit: 2, cursor });
  const told = async (filter: Parameters<typeof listAudit>[1]) =>
    (await list(filter)).entries.map(({ userId, action }) => `${userId} ${action}`);
  expect(await told({ userId: "ann" })).toEqual(["ann run-started", "ann file-deleted"]);
  expect(await told({ keyId: "k1" })).toEqual(["bob run-started", "ann file-deleted"]);
  expect(await told({ action: "run-started", avatarId: "one", userId: "bob" })).toEqual(["bob run-started"]);
  expect(await told({ avatarId: "two" })).toEqual([]);
  expect(await told({ to: new Date(0) })).toEqual([]);
  expect(await told({ from: new Date(0), userId: "bob" })).toEqual(["bob run-started"]);
  const first = await list({});
  const last = await list({}, first.nextCursor ?? "");
  expect([...first.entries, ...last.entries]).toHaveLength(3);
  expect(last).toMatchObject({ entries: [{ userId: "ann", action: "file-deleted" }], nextCursor: null });
});
