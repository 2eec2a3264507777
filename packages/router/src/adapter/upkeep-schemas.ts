import { z } from "zod";
import { text } from "../schemas/text.ts";
import { adapterSchema, versionSchema } from "./adapter-schemas.ts";

const count = z.int().nonnegative();
const descent = z.enum(["restored", "warm-start"]);
const parents = z.array(z.object({ version: z.string(), how: descent }));

/** A backup's id as callers give it. */
export const backupId = text.min(1).max(64);

export const infoSchema = z.object({
  adapter: adapterSchema,
  /** null: nothing was trained yet. */
  current: versionSchema
    .extend({
      /** Of its files. */
      bytes: count,
      lineage: z.object({ trainingFiles: count, evaluationFiles: count, parents }),
    })
    .nullable(),
  counts: z.object({ versions: count, candidates: count, backups: count, runs: count }),
  bytes: z.object({ versions: count, backups: count }),
});

export const backupSchema = z.object({
  id: z.string(),
  avatarId: z.string(),
  /** The version that it is a copy of. */
  version: z.string(),
  baseModel: z.string(),
  bytes: count,
  files: z.array(z.object({ name: z.string(), size: count, sha256: z.string() })),
  createdAt: z.date(),
});

const inputs = z.array(
  z.object({ name: z.string(), sha256: z.string(), role: z.enum(["train", "evaluation"]) }),
);
const relative = z.object({
  version: z.string(),
  /** null where nothing is known of it here any more. */
  avatarId: z.string().nullable(),
  /** The version next to it, on the way to the one that was asked for. */
  of: z.string(),
  how: descent,
});

export const lineageSchema = z.object({
  version: z.string(),
  runId: z.string(),
  /** The backup that it was restored from. */
  restoredFrom: z.string().nullable(),
  /** The files' bytes that it learned from and was measured on. */
  inputs,
  ancestors: z.array(relative.extend({ inputs })),
  descendants: z.array(relative),
  backups: z.array(z.string()),
});
