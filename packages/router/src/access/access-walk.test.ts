/** Walks the router itself: each procedure is called by everybody who must not get anything by it. */
import type { ErrorCode } from "@loraloom/errors";
import { createApiKey, removeShare, revokeApiKey, rotateApiKey, setShare } from "@loraloom/store/access";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRouter } from "../create-router.ts";
import type { Meta } from "../meta.ts";
import { type Outcome, openTestApi, outcomeOf, type TestApi } from "../testing/open-test-api.ts";
import { type Populated, populate } from "../testing/populate.ts";
import { entries, ofPeople, procedures, type Walked } from "../testing/walked-procedures.ts";
import type { VerifyToken } from "./verify-token.ts";

let api: TestApi;
let ada: Populated;
let keys: Record<
  "service" | "ada" | "bob" | "reader" | "revoked" | "expired" | "rotated" | Guest | "memberReader",
  string
>;

/** With whom the avatar is or was shared, and how. */
const guests = ["member", "readOnly", "late", "removed"] as const;
type Guest = (typeof guests)[number];

/** Stands for a sign-in of a team's own: its tokens are checked where they are read. */
const tokenOf = (userId: string) => `token.of.${userId}`;
const verifyToken: VerifyToken = async (token) => ({
  userId: token.slice("token.of.".length),
  scopes: ["read", "write", "train"],
});

beforeAll(async () => {
  api = await openTestApi({ verifyToken });
  ada = await populate(api, { userId: "ada", avatarId: "mia" });
  const revoked = await api.makeKey("ada");
  await revokeApiKey(api.store, revoked.record.id);
  const rotated = await api.makeKey("ada");
  await rotateApiKey(api.store, { id: rotated.record.id, overlapSeconds: 0 });
  const expired = await createApiKey(api.store, {
    kind: "user",
    name: "old",
    scopes: ["read", "write", "train"],
    userId: "ada",
    expiresAt: new Date(0),
  });
  keys = {
    service: (await api.makeKey()).key,
    ada: (await api.makeKey("ada")).key,
    bob: (await api.makeKey("bob")).key,
    reader: (await api.makeKey("ada", ["read"])).key,
    revoked: revoked.key,
    expired: expired.key,
    rotated: rotated.key,
    member: (await api.makeKey("member")).key,
    readOnly: (await api.makeKey("readOnly")).key,
    late: (await api.makeKey("late")).key,
    removed: (await api.makeKey("removed")).key,
    memberReader: (await api.makeKey("member", ["read"])).key,
  };
  await share();
});

/** Shares ada's avatar with everybody who has, or had, a part in it. */
const share = async () => {
  const { userId: ownerId, avatarId } = ada;
  const owned = { ownerId, avatarId };
  await setShare(api.store, { ...owned, userId: "member", role: "member" });
  await setShare(api.store, { ...owned, userId: "readOnly", role: "read-only" });
  await setShare(api.store, { ...owned, userId: "late", role: "member", expiresAt: new Date(0) });
  await setShare(api.store, { ...owned, userId: "removed", role: "member" });
  await removeShare(api.store, { ...owned, userId: "removed" });
};
afterAll(() => api[Symbol.asyncDispose]());

const outcomeFor = (walked: Walked, key: string | undefined, about: Partial<Populated>): Promise<Outcome> =>
  outcomeOf(() => walked.call(api.as(key), about));
const withoutUser = ({ userId: _, ...rest }: Populated): Partial<Populated> => rest;

test("the walk knows every procedure of the router", () => {
  expect(Object.keys(createRouter()._def.procedures).sort()).toEqual(Object.keys(procedures).sort());
});

test("each procedure is described with the scope and the owner that it asks for", () => {
  const described: object = createRouter()._def.procedures;
  const told = Object.entries(described).map(([name, { _def }]: [string, { _def: { meta?: Meta } }]) => [
    name,
    { scope: _def.meta?.scope, ownerOnly: _def.meta?.only === "owner" || undefined },
  ]);
  const asked = entries.map(([name, { scope, ownerOnly }]) => [name, { scope, ownerOnly }]);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(asked));
});

describe.each(entries)("%s", (_name, walked) => {
  test.each<[string, () => string | undefined, ErrorCode]>([
    ["no key", () => undefined, "missing_key"],
    ["a wrong key", () => "ll_wrong", "invalid_key"],
    ["a revoked key", () => keys.revoked, "revoked_key"],
    ["an expired key", () => keys.expired, "expired_key"],
    ["the secret before a rotation", () => keys.rotated, "rotated_key"],
  ])("refuses %s", async (_key, key, code) => {
    expect(await outcomeFor(walked, key(), ada)).toMatchObject({ code });
  });

  test("asks for its scope", async () => {
    const outcome = await outcomeFor(walked, keys.reader, withoutUser(ada));
    if (walked.scope === "read") expect(outcome.code).not.toBe("missing_scope");
    else expect(outcome.code).toBe("missing_scope");
  });
});

describe.each(ofPeople)("%s", (_name, walked) => {
  test("refuses a user's key that names another user", async () => {
    expect(await outcomeFor(walked, keys.bob, ada)).toMatchObject({ code: "user_mismatch" });
  });

  test("asks a service key for the user", async () => {
    expect(await outcomeFor(walked, keys.service, withoutUser(ada))).toMatchObject({ code: "user_required" });
  });
});

const withRole = ofPeople.filter(([, walked]) => walked.about === "avatar");
/** How far calls come that nobody may make: no code of these tells whether the avatar is there. */
const accessCodes = ["user_mismatch", "role_required", "missing_scope"];

describe.each(withRole)("%s", (_name, walked) => {
  const isChange = walked.scope !== "read";
  const refused = (needed: boolean): unknown =>
    needed ? "role_required" : expect.not.toBeOneOf(accessCodes);

  test.each<[Guest, () => unknown]>([
    ["readOnly", () => refused(isChange || walked.ownerOnly === true)],
    ["late", () => "user_mismatch"],
    ["removed", () => "user_mismatch"],
  ])("asks of the share of %s what it does with the avatar", async (guest, expected) => {
    for (const avatarId of [ada.avatarId, "never-made"]) {
      const { code } = await outcomeFor(walked, keys[guest], { ...ada, avatarId });
      expect(code).toEqual(avatarId === ada.avatarId ? expected() : "user_mismatch");
    }
  });

  test("lets a share do no more than the key may", async () => {
    const { code } = await outcomeFor(walked, keys.memberReader, ada);
    if (isChange) expect(code).toBe("missing_scope");
    else expect(code).toEqual(refused(walked.ownerOnly === true));
  });

  test("takes a token for its user alone", async () => {
    expect(await outcomeFor(walked, tokenOf("bob"), ada)).toMatchObject({ code: "user_mismatch" });
    expect((await outcomeFor(walked, tokenOf("readOnly"), ada)).code).toEqual(
      refused(isChange || walked.ownerOnly === true),
    );
  });
});

test.each(entries.filter(([name]) => /^(keys|admin)\./.test(name)))(
  "%s refuses a user's key of every scope",
  async (_name, walked) => {
    expect(await outcomeFor(walked, keys.ada, {})).toMatchObject({ code: "missing_scope" });
    expect(await outcomeFor(walked, tokenOf("ada"), {})).toMatchObject({ code: "missing_scope" });
  },
);

test("another user's things are answered like things that don't exist, and stay as they are", async () => {
  const before = await stateOf(ada);
  const missing: Populated = {
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
  for (const [name, walked] of ofPeople) {
    const foreign = await outcomeFor(walked, keys.bob, withoutUser(ada));
    const absent = await outcomeFor(walked, keys.bob, withoutUser(missing));
    expect(shapeOf(foreign, ada), name).toEqual(shapeOf(absent, missing));
  }
  expect(await stateOf(ada)).toEqual(before);
});

test("after the adapter was deleted each procedure says so or answers what is left", async () => {
  await api.as(keys.ada).adapter.delete({ avatarId: ada.avatarId });
  for (const [name, walked] of ofPeople) {
    expect((await outcomeFor(walked, keys.ada, withoutUser(ada))).code, name).toBe(walked.afterDelete);
  }
});

/** What an owner sees. */
const stateOf = async (owned: Populated) => {
  const caller = api.as(keys.ada);
  const on = { avatarId: owned.avatarId };
  const [adapter, versions, files, runs] = await Promise.all([
    caller.adapter.get(on),
    caller.adapter.versions(on),
    caller.trainingData.list(on),
    caller.train.list(on),
  ]);
  return { adapter, versions, files, runs };
};

/** An outcome without what the caller itself named, and without what is new in every answer. */
const shapeOf = (outcome: Outcome, about: Populated): unknown => {
  if (outcome.code !== "answered") return [outcome.code, withoutNames(outcome.message, about)];
  return [outcome.code, Object.keys(Object(outcome.answer)), listsIn(outcome.answer)];
};

const withoutNames = (message: string, about: Populated): string =>
  Object.values(about).reduce((text, name) => text.replaceAll(name, "…"), message);

const listsIn = (answer: unknown): unknown[] => Object.values(Object(answer)).filter(Array.isArray);
