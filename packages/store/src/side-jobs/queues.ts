/** Every queue: what a job says, and what is done for it. Each job can be done twice. */
import { z } from "zod";
import { projectAdapter } from "../adapters/index.ts";
import { eachInTurn } from "../each-in-turn.ts";
import { countFileTokens, type TokenCounter } from "../files/count-tokens.ts";
import { projectFlags } from "../files/index.ts";
import type { Inspect } from "../files/inspect-object.ts";
import { inspectStoredFile } from "../files/inspection.ts";
import { removeDeletedFile } from "../files/remove-deleted.ts";
import { flaggedKinds } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { sweepNames, sweeps } from "../sweeps/sweeps.ts";
import { finishUpload } from "../uploads/index.ts";

export type QueueName =
  | "finish-upload"
  | "delete-file"
  | "project-flags"
  | "project-adapter"
  | "inspect-file"
  | "count-tokens"
  | "sweep";
export type SideJobOptions = {
  inspect: Inspect;
  /** Left out: this process reaches no worker. */
  tokenCounter?: TokenCounter;
};
type Handle = (store: Store, data: unknown, options: SideJobOptions) => Promise<unknown>;

const ofUpload = z.object({ uploadId: z.string() });
const ofFile = z.object({ fileId: z.string() });
const ofAvatar = z.object({ userId: z.string(), avatarId: z.string() });
const ofFolder = ofAvatar.extend({ kind: z.enum(flaggedKinds) });

export const queues: Record<QueueName, Handle> = {
  "finish-upload": async (store, data, { inspect }) => {
    const fileId = await finishUpload(store, ofUpload.parse(data).uploadId);
    if (fileId) await inspectStoredFile(store, fileId, inspect);
  },
  "delete-file": (store, data) => removeDeletedFile(store, ofFile.parse(data).fileId),
  "project-flags": (store, data) => projectFlags(store, ofFolder.parse(data)),
  "project-adapter": (store, data) => projectAdapter(store, ofAvatar.parse(data)),
  "inspect-file": (store, data, { inspect }) => inspectStoredFile(store, ofFile.parse(data).fileId, inspect),
  "count-tokens": async (store, data, { tokenCounter }) => {
    if (tokenCounter) await countFileTokens(store, ofFile.parse(data).fileId, tokenCounter);
  },
  sweep: (store) => eachInTurn(sweepNames, (name) => sweeps[name](store)),
};

export const queueNames = Object.keys(queues) as QueueName[];
