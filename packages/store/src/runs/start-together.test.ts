import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { prepareAvatar, queueRun, testConfig, testEngineKey } from "../testing/scenario.ts";
import { startTogether } from "./start-together.ts";

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const avatars = (user: string): Promise<AvatarScope[]> =>
  Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      prepareAvatar(store, { userId: `${user}-${index}`, avatarId: "mia" }),
    ),
  );

/** All at the same moment; the first goes before, and the others are started together. */
const startAll = (scopes: AvatarScope[]) => Promise.allSettled(scopes.map((scope) => queueRun(store, scope)));

test("of starts at once each gets a run of its own avatar, with its file and its first event", async () => {
  const scopes = await avatars("each");
  const started = await startAll(scopes);
  for (const [index, scope] of scopes.entries())
    expect(started[index]).toMatchObject({ value: { ...scope, status: "queued", eventSeq: 1 } });
  const { rows } = await store.pool.query<{ user: string; owner: string; type: string }>(
    `select runs.user_id as user, files.user_id as owner, type from runs join run_events on run_id = runs.id
      join files on files.id = runs.inputs -> 0 ->> 'fileId' where runs.user_id like 'each-%'`,
  );
  expect(rows).toHaveLength(scopes.length);
  for (const { user, owner, type } of rows)
    expect({ owner, type }).toEqual({ owner: user, type: "run-queued" });
});

test("of starts at once one that is refused is refused alone", async () => {
  const scopes = await avatars("refused");
  const [, nowhere, empty] = [scopes[0], { userId: "refused-1", avatarId: "unknown" }, scopes[2]];
  await store.db
    .update(files)
    .set({ used: false })
    .where(eq(files.userId, empty?.userId ?? ""));
  const started = await startAll(scopes.with(1, nowhere));
  expect(
    started.map((outcome) => ("reason" in outcome ? outcome.reason.code : outcome.value.status)),
  ).toEqual(["queued", "adapter_not_found", "no_usable_rows", "queued", "queued", "queued"]);
});

test("starts at once of one user fill the queue up to its limit and no further", async () => {
  const scope = await prepareAvatar(store, { userId: "limited", avatarId: "mia" });
  await store.db.execute(sql`insert into limits (user_id, changes) values ('limited', '{"queuedRuns": 3}')`);
  const started = await startAll(Array.from({ length: 8 }, () => scope));
  const codes = started.map((outcome) => ("reason" in outcome ? outcome.reason.code : "queued"));
  expect(codes.toSorted()).toEqual([
    ...Array.from({ length: 5 }, () => "limit_reached"),
    ...Array.from({ length: 3 }, () => "queued"),
  ]);
});

test("a start whose call another process has taken up takes no place in the queue from the next one", async () => {
  const scope = await prepareAvatar(store, { userId: "taken", avatarId: "mia" });
  await store.db.execute(sql`insert into limits (user_id, changes) values ('taken', '{"queuedRuns": 1}')`);
  const claim = { userId: "taken", key: "call", claimId: "taken by another" };
  const start = { scope, baseModel: "tiny", engineKey: testEngineKey, config: testConfig() };
  const [taken, next] = await startTogether(store.db, [{ ...start, claim }, start]);
  expect(taken).toThrow(expect.objectContaining({ code: "call_in_progress" }));
  expect(await next?.()).toMatchObject({ status: "queued" });
});

test("a start whose file somebody holds keeps no other start waiting", async () => {
  const scopes = await avatars("held");
  const held = scopes[2]?.userId ?? "";
  const client = await store.pool.connect();
  await client.query("begin");
  await client.query("select 1 from files where user_id = $1 for update", [held]);
  const [waiting, others] = [scopes.slice(2, 3), scopes.toSpliced(2, 1)];
  const startedLater = startAll([...others.slice(0, 1), ...waiting, ...others.slice(1)]);
  const again = await startAll(others);
  expect(again.every(({ status }) => status === "fulfilled")).toBe(true);
  await client.query("commit");
  client.release();
  expect((await startedLater).every(({ status }) => status === "fulfilled")).toBe(true);
});
