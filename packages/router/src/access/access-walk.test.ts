/** Walks the router itself: each procedure is called by everybody who must not get anything by it. */
import type { ErrorCode } from "@loraloom/errors";
import { createApiKey, removeShare, revokeApiKey, rotateApiKey, setShare } from "@loraloom/store/access";
import type { KeyScope } from "@loraloom/store/tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRouter } from "../create-router.ts";
import type { Meta } from "../meta.ts";
import {
  type Outcome,
  openTestApi,
  outcomeOf,
  type TestApi,
  type TestCaller,
} from "../testing/open-test-api.ts";
import { type Populated, populate } from "../testing/populate.ts";
import type { VerifyToken } from "./verify-token.ts";

type Walked = {
  call: (caller: TestCaller, about: Partial<Populated>) => Promise<unknown>;
  scope: KeyScope;
  /** Whose things the call is about; `nobody`: it is about the server. */
  about: "avatar" | "user" | "nobody";
  /** After the adapter was deleted: the code, or that it is answered. */
  afterDelete: ErrorCode | "answered";
  /** Whether the avatar's owner alone may call it, whatever is shared. */
  ownerOnly?: true;
};

const messages = [{ role: "user" as const, content: "Hello" }];
const upload = { name: "x.jsonl", size: 1, type: "application/jsonl", sha256: "0".repeat(64) };
const part = { number: 1, sha256: "0".repeat(64) };
/** Only where given: user keys leave the user out. */
const who = ({ userId, avatarId = "" }: Partial<Populated>) => ({ avatarId, ...(userId && { userId }) });
const run = (about: Partial<Populated>) => ({ ...who(about), runId: about.runId ?? "" });
const file = (about: Partial<Populated>) => ({ ...who(about), name: about.fileName ?? "" });
const folder = (about: Partial<Populated>) => ({ ...who(about), folder: "vectorstore_data" });
const document = (about: Partial<Populated>) => ({ ...folder(about), name: about.fileName ?? "" });
const version = (about: Partial<Populated>) => ({ ...who(about), version: about.versionId ?? "" });
const backup = (about: Partial<Populated>) => ({ ...who(about), backupId: about.backupId ?? "" });
const webhook = ({ webhookId = "", ...about }: Partial<Populated>) => ({ ...user(about), webhookId });
const user = ({ userId }: Partial<Populated>) => (userId ? { userId } : {});

const avatar = (scope: KeyScope, afterDelete: Walked["afterDelete"], call: Walked["call"]): Walked => ({
  call,
  scope,
  about: "avatar",
  afterDelete,
});
const ofUser = (scope: KeyScope, call: Walked["call"]): Walked => ({
  call,
  scope,
  about: "user",
  afterDelete: "answered",
});
const server = (scope: KeyScope, call: Walked["call"]): Walked => ({
  call,
  scope,
  about: "nobody",
  afterDelete: "answered",
});

/** Every procedure there is; one that is missing here fails the test. */
const procedures: Record<string, Walked> = {
  "adapter.get": avatar("read", "adapter_not_found", (api, on) => api.adapter.get(who(on))),
  "adapter.list": {
    call: (api, on) => api.adapter.list(user(on)),
    scope: "read",
    about: "user",
    afterDelete: "answered",
  },
  "adapter.versions": avatar("read", "adapter_not_found", (api, on) => api.adapter.versions(who(on))),
  "adapter.download": avatar("read", "adapter_not_found", (api, on) => api.adapter.download(version(on))),
  "adapter.info": avatar("read", "adapter_not_found", (api, on) => api.adapter.info(who(on))),
  "adapter.lineage": avatar("read", "adapter_not_found", (api, on) => api.adapter.lineage(version(on))),
  "adapter.backup": avatar("write", "adapter_not_found", (api, on) => api.adapter.backup(version(on))),
  "adapter.backups": avatar("read", "answered", (api, on) => api.adapter.backups(who(on))),
  "adapter.rollback": avatar("write", "adapter_not_found", (api, on) => api.adapter.rollback(version(on))),
  "adapter.delete": {
    ...avatar("write", "adapter_not_found", (api, on) => api.adapter.delete(who(on))),
    ownerOnly: true,
  },
  "trainingData.createUpload": avatar("write", "answered", (api, on) =>
    api.trainingData.createUpload({ ...who(on), ...upload }),
  ),
  "trainingData.getUpload": avatar("read", "answered", (api, on) =>
    api.trainingData.getUpload({ ...who(on), uploadId: on.uploadId ?? "" }),
  ),
  "trainingData.listParts": avatar("read", "answered", (api, on) =>
    api.trainingData.listParts({ ...who(on), uploadId: on.uploadId ?? "" }),
  ),
  // What there is to sign is an upload in one piece; others don't learn that there is any.
  "trainingData.presignParts": avatar("write", "bad_input", (api, on) =>
    api.trainingData.presignParts({ ...who(on), uploadId: on.uploadId ?? "", parts: [part] }),
  ),
  "trainingData.completeUpload": avatar("write", "upload_not_received", (api, on) =>
    api.trainingData.completeUpload({ ...who(on), uploadId: on.uploadId ?? "" }),
  ),
  "trainingData.abortUpload": avatar("write", "answered", (api, on) =>
    api.trainingData.abortUpload({ ...who(on), uploadId: on.uploadId ?? "" }),
  ),
  "trainingData.list": avatar("read", "answered", (api, on) => api.trainingData.list(who(on))),
  "trainingData.get": avatar("read", "answered", (api, on) => api.trainingData.get(file(on))),
  "trainingData.download": avatar("read", "answered", (api, on) =>
    api.trainingData.download({ ...who(on), names: [on.fileName ?? ""] }),
  ),
  "trainingData.summary": avatar("read", "answered", (api, on) => api.trainingData.summary(who(on))),
  "trainingData.setFlag": avatar("write", "answered", (api, on) =>
    api.trainingData.setFlag({ ...file(on), useForTraining: false }),
  ),
  "trainingData.setFlags": avatar("write", "answered", (api, on) =>
    api.trainingData.setFlags({ ...who(on), flags: [{ name: on.fileName ?? "", useForTraining: true }] }),
  ),
  "trainingData.sync": avatar("write", "answered", (api, on) => api.trainingData.sync(who(on))),
  "trainingData.deleteUnflagged": avatar("write", "answered", (api, on) =>
    api.trainingData.deleteUnflagged(who(on)),
  ),
  "trainingData.validate": avatar("read", "answered", (api, on) => api.trainingData.validate(who(on))),
  "trainingData.recommend": avatar("read", "answered", (api, on) => api.trainingData.recommend(who(on))),
  "trainingData.copyFrom": avatar("write", "answered", (api, on) => api.trainingData.copyFrom(document(on))),
  "trainingData.delete": avatar("write", "answered", (api, on) => api.trainingData.delete(file(on))),
  "trainingData.deleteMany": avatar("write", "file_not_found", (api, on) =>
    api.trainingData.deleteMany({ ...who(on), names: [on.fileName ?? ""] }),
  ),
  "files.createUpload": avatar("write", "answered", (api, on) =>
    api.files.createUpload({ ...folder(on), ...upload }),
  ),
  "files.getUpload": avatar("read", "answered", (api, on) =>
    api.files.getUpload({ ...folder(on), uploadId: on.uploadId ?? "" }),
  ),
  "files.listParts": avatar("read", "answered", (api, on) =>
    api.files.listParts({ ...folder(on), uploadId: on.uploadId ?? "" }),
  ),
  "files.presignParts": avatar("write", "upload_ended", (api, on) =>
    api.files.presignParts({ ...folder(on), uploadId: on.uploadId ?? "", parts: [part] }),
  ),
  "files.completeUpload": avatar("write", "upload_ended", (api, on) =>
    api.files.completeUpload({ ...folder(on), uploadId: on.uploadId ?? "" }),
  ),
  "files.abortUpload": avatar("write", "answered", (api, on) =>
    api.files.abortUpload({ ...folder(on), uploadId: on.uploadId ?? "" }),
  ),
  "files.list": avatar("read", "answered", (api, on) => api.files.list(folder(on))),
  "files.get": avatar("read", "answered", (api, on) => api.files.get(document(on))),
  "files.download": avatar("read", "answered", (api, on) => api.files.download(folder(on))),
  "files.summary": avatar("read", "answered", (api, on) => api.files.summary(who(on))),
  "files.setFlag": avatar("write", "answered", (api, on) =>
    api.files.setFlag({ ...document(on), useForTraining: true }),
  ),
  "files.setFlags": avatar("write", "answered", (api, on) =>
    api.files.setFlags({ ...folder(on), flags: [{ name: on.fileName ?? "", useForTraining: true }] }),
  ),
  "files.sync": avatar("write", "answered", (api, on) => api.files.sync(folder(on))),
  "files.deleteUnflagged": avatar("write", "answered", (api, on) => api.files.deleteUnflagged(folder(on))),
  "files.delete": avatar("write", "answered", (api, on) => api.files.delete(document(on))),
  "files.deleteMany": avatar("write", "file_not_found", (api, on) =>
    api.files.deleteMany({ ...folder(on), names: [on.fileName ?? ""] }),
  ),
  "trainingData.versionsWith": avatar("read", "answered", (api, on) =>
    api.trainingData.versionsWith(file(on)),
  ),
  "trainingData.erase": avatar("write", "answered", (api, on) => api.trainingData.erase(file(on))),
  "train.start": avatar("train", "adapter_not_found", (api, on) => api.train.start(who(on))),
  "train.preview": avatar("read", "answered", (api, on) => api.train.preview(who(on))),
  "train.get": avatar("read", "answered", (api, on) => api.train.get(run(on))),
  "train.list": avatar("read", "answered", (api, on) => api.train.list(who(on))),
  // The walk has erased what its rows were made of.
  "train.rerun": avatar("train", "dataset_erased", (api, on) => api.train.rerun(run(on))),
  "train.update": avatar("train", "answered", (api, on) => api.train.update({ ...run(on), name: "again" })),
  "train.cancel": avatar("train", "answered", (api, on) => api.train.cancel(run(on))),
  "train.metrics": avatar("read", "answered", (api, on) => api.train.metrics(run(on))),
  "train.watch": avatar("read", "answered", (api, on) => api.train.watch(run(on))),
  chat: avatar("write", "adapter_not_found", (api, on) => api.chat({ ...version(on), messages })),
  "shares.list": { ...avatar("read", "answered", (api, on) => api.shares.list(who(on))), ownerOnly: true },
  "shares.set": {
    ...avatar("write", "answered", (api, on) =>
      api.shares.set({ ...who(on), with: "walked", role: "read-only" }),
    ),
    ownerOnly: true,
  },
  "shares.remove": {
    ...avatar("write", "answered", (api, on) => api.shares.remove({ ...who(on), with: "walked" })),
    ownerOnly: true,
  },
  "shares.mine": {
    call: (api, on) => api.shares.mine(user(on)),
    scope: "read",
    about: "user",
    afterDelete: "answered",
  },
  "avatars.erase": {
    ...avatar("write", "answered", (api, on) => api.avatars.erase({ ...who(on), dryRun: true })),
    ownerOnly: true,
  },
  "webhooks.create": ofUser("write", (api, on) =>
    api.webhooks.create({ ...user(on), url: "http://127.0.0.1:9999/", events: ["run-queued"] }),
  ),
  "webhooks.list": ofUser("read", (api, on) => api.webhooks.list(user(on))),
  "webhooks.update": ofUser("write", (api, on) => api.webhooks.update({ ...webhook(on), enabled: false })),
  "webhooks.deliveries": ofUser("read", (api, on) => api.webhooks.deliveries(webhook(on))),
  "webhooks.redeliver": ofUser("write", (api, on) =>
    api.webhooks.redeliver({ ...user(on), deliveryId: on.deliveryId ?? "" }),
  ),
  "webhooks.test": ofUser("write", (api, on) => api.webhooks.test(webhook(on))),
  "admin.eraseUser": server("admin", (api) => api.admin.eraseUser({ userId: "ada", dryRun: true })),
  "usage.get": {
    call: (api, on) => api.usage.get(user(on)),
    scope: "read",
    about: "user",
    afterDelete: "answered",
  },
  "admin.limits.get": server("admin", (api) => api.admin.limits.get({})),
  "admin.limits.set": server("admin", (api) => api.admin.limits.set({ limits: {} })),
  "admin.limits.list": server("admin", (api) => api.admin.limits.list({})),
  "admin.rebuild": server("admin", (api) => api.admin.rebuild({})),
  "admin.rewrapSecrets": server("admin", (api) => api.admin.rewrapSecrets({})),
  "secrets.set": ofUser("write", (api, on) =>
    api.secrets.set({ ...user(on), name: "hf-token", value: "hf_walked-through" }),
  ),
  "secrets.list": ofUser("read", (api, on) => api.secrets.list(user(on))),
  // One that nobody has set: what a call has deleted is not there for the next one.
  "secrets.delete": {
    ...ofUser("write", (api, on) => api.secrets.delete({ ...user(on), name: "wandb-key" })),
    afterDelete: "secret_not_found",
  },
  "admin.audit": server("admin", (api) => api.admin.audit({})),
  "admin.drainWorker": server("admin", (api) => api.admin.drainWorker({ workerId: "unknown", drain: true })),
  "admin.probe": server("admin", (api) => api.admin.probe({})),
  "admin.sweep": server("admin", (api) => api.admin.sweep({})),
  "keys.create": server("admin", (api) => api.keys.create({ kind: "service", name: "made in a walk" })),
  "keys.list": server("admin", (api) => api.keys.list({})),
  "keys.rotate": server("admin", (api) => api.keys.rotate({ id: "unknown" })),
  "keys.revoke": server("admin", (api) => api.keys.revoke({ id: "unknown" })),
  health: server("read", (api) => api.health()),
  "train.delete": avatar("train", "answered", (api, on) => api.train.delete(run(on))),
  // Last: it brings the deleted adapter back.
  "adapter.create": avatar("write", "answered", (api, on) => api.adapter.create(who(on))),
  "adapter.restore": avatar("write", "answered", (api, on) => api.adapter.restore(backup(on))),
  "adapter.deleteBackup": avatar("write", "answered", (api, on) => api.adapter.deleteBackup(backup(on))),
  "webhooks.delete": ofUser("write", (api, on) => api.webhooks.delete(webhook(on))),
};

const entries = Object.entries(procedures);
const ofPeople = entries.filter(([, walked]) => walked.about !== "nobody");

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
