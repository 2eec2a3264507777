/** Walks the router about an avatar that was erased: nobody gets anything of it, and nothing of it comes back. */
import { setShare } from "@loraloom/store/access";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Outcome, openTestApi, outcomeOf, type TestApi } from "../testing/open-test-api.ts";
import { type Populated, populate } from "../testing/populate.ts";
import { ofPeople } from "../testing/walked-procedures.ts";

let api: TestApi;
let erased: Populated;
let keys: Record<"ada" | "bob" | "guest" | "service", string>;
const walked = ofPeople.filter(([, { about }]) => about === "avatar");

beforeAll(async () => {
  api = await openTestApi();
  erased = await populate(api, { userId: "ada", avatarId: "mia-erased" });
  const keyOf = async (userId?: string) => (await api.makeKey(userId)).key;
  keys = {
    ada: await keyOf("ada"),
    bob: await keyOf("bob"),
    guest: await keyOf("guest"),
    service: await keyOf(),
  };
  const { userId: ownerId, avatarId } = erased;
  await setShare(api.store, { ownerId, avatarId, userId: "guest", role: "member" });
  await api.as(keys.ada).avatars.erase({ avatarId, confirm: avatarId });
});
afterAll(() => api?.[Symbol.asyncDispose]());

const neverMade: Populated = {
  userId: "ada",
  avatarId: "never-made",
  fileName: "never-made",
  uploadId: "never-made",
  runId: "never-made",
  versionId: "never-made",
  backupId: "never-made",
  webhookId: "never-made",
  deliveryId: "never-made",
};
/** What it had, by which a trace of it would be told. */
const ids = () => [erased.uploadId, erased.runId, erased.versionId, erased.backupId];
const textOf = (outcome: Outcome): string =>
  outcome.code === "answered" ? JSON.stringify(outcome.answer ?? null) : outcome.message;

test.each(walked)(
  "%s tells others no more of it than of an avatar that never was",
  async (_name, { call }) => {
    for (const caller of ["bob", "guest"] as const) {
      const outcome = await outcomeOf(() => call(api.as(keys[caller]), erased));
      const absent = await outcomeOf(() => call(api.as(keys[caller]), neverMade));
      expect(outcome.code).toBe("user_mismatch");
      expect(outcome).toEqual(absent);
    }
  },
);

test.each(walked)("%s gives its owner and a service nothing of it", async (name, { call, scope }) => {
  for (const caller of ["ada", "service"] as const) {
    const outcome = await outcomeOf(() => call(api.as(keys[caller]), erased));
    expect(outcome.code, textOf(outcome)).not.toBe("internal");
    if (outcome.code === "answered") {
      const told = textOf(outcome);
      for (const id of ids()) expect(told, name).not.toContain(id);
      // What changes something of an avatar that never comes back has nothing to change.
      if (scope !== "read") expect(name).toSatisfy(changesNothing);
    }
  }
});

test("nothing of it has come back", async () => {
  const { rows } = await api.store.pool.query(
    "select id from avatars where id = $1 union all select id from files where avatar_id = $1",
    [erased.avatarId],
  );
  expect(rows).toEqual([]);
});

/** Mutations that are answered where there is nothing. */
const changesNothing = (name: string): boolean => /\.(deleteUnflagged|sync)$/.test(name);
