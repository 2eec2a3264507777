import { z } from "zod";
import { text } from "../schemas/text.ts";

export const adapterSchema = z.object({
  userId: z.string(),
  avatarId: z.string(),
  baseModel: z.string(),
  /** Rises each time the adapter is deleted. */
  generation: z.int(),
  /** The version that readers use; null: nothing was trained yet. */
  currentVersion: z.string().nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
});

const fileShape = { name: z.string(), size: z.int(), sha256: z.string() };

export const versionSchema = z.object({
  id: z.string(),
  state: z.enum(["candidate", "current", "previous", "rejected"]),
  /** PEFT's files, or those of a whole model as Hugging Face has them. */
  kind: z.enum(["adapter", "model"]),
  /** Of a restored version the run of the avatar that it was backed up from. */
  runId: z.string(),
  /** The backup that it was restored from. */
  restoredFrom: z.string().nullable(),
  baseModel: z.string(),
  engineKey: z.string(),
  createdAt: z.date(),
  files: z.array(z.object(fileShape)),
  /** Losses are means in nats a token. */
  metrics: z.object({
    steps: z.int(),
    tokens: z.int(),
    seconds: z.number(),
    finalLoss: z.number(),
    heldOutBefore: z.number().nullable(),
    heldOutAfter: z.number().nullable(),
    stoppedEarly: z.boolean().default(false),
    /** With early stopping the step whose weights these are; its loss is `heldOutAfter`. */
    bestStep: z.int().nullable().default(null),
  }),
});

export const downloadSchema = z.object({
  version: z.string(),
  /** Empty where one archive was asked for. */
  files: z.array(z.object({ ...fileShape, url: z.string() })),
  archive: z.object({ ...fileShape, url: z.string() }).nullable(),
  /** When the URLs end. */
  expiresAt: z.date(),
});

/** A version's id as callers give it. */
export const versionId = text.min(1).max(64);
