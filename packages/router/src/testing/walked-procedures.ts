/** What the walks over the router call, and as what it is to be answered. */
import type { ErrorCode } from "@loraloom/errors";
import type { KeyScope } from "@loraloom/store/tables";
import type { TestCaller } from "./open-test-api.ts";
import type { Populated } from "./populate.ts";

export type Walked = {
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
export const procedures: Record<string, Walked> = {
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

export const entries = Object.entries(procedures);
export const ofPeople = entries.filter(([, walked]) => walked.about !== "nobody");
