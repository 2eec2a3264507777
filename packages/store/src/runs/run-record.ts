import { z } from "zod";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { readJson } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { preferenceFiguresSchema, rewardFiguresSchema, runConfigSchema } from "../tables/index.ts";
import type { FrozenRows, RunProgress } from "../tables/runs.ts";

const sha256 = z.string();
const count = z.int().nonnegative();
const progress = z.object({
  step: count,
  steps: count,
  epoch: z.number(),
  loss: z.number(),
  learningRate: z.number(),
  gradientNorm: z.number().optional(),
  tokens: count,
  tokensPerSecond: z.number(),
  etaSeconds: z.number(),
  preferences: preferenceFiguresSchema.nullish(),
  rewards: rewardFiguresSchema.nullish(),
} satisfies Record<keyof RunProgress, z.ZodType>);

/** `run.json`: what an ended run leaves to read. */
const runRecordSchema = z.object({
  id: z.string(),
  kind: z.literal("train"),
  name: z.string().nullable(),
  tags: z.array(z.string()).default([]),
  rerunOf: z.string().nullable().default(null),
  userId: z.string(),
  avatarId: z.string(),
  generation: z.int().positive(),
  status: z.enum(["completed", "failed", "cancelled"]),
  attempt: z.int().nonnegative(),
  engineKey: z.string(),
  baseModel: z.string(),
  config: runConfigSchema,
  inputs: z.array(
    z.object({
      fileId: z.string(),
      name: z.string(),
      etag: z.string(),
      sha256,
      role: z.enum(["train", "evaluation"]),
    }),
  ),
  templateVariables: z.record(z.string(), z.string()).default({}),
  frozen: z
    .object({
      datasetKey: z.string(),
      datasetSha256: sha256,
      rowsKey: z.string(),
      rowsSha256: sha256,
      evaluationKey: z.string().nullable(),
      evaluationSha256: sha256.nullable(),
      examples: z.int(),
      evaluationExamples: z.int(),
      tokensTotal: z.int(),
      longest: z.int(),
      epochs: z.number(),
      templateVariables: z.record(z.string(), z.string()),
    } satisfies Record<keyof FrozenRows, z.ZodType>)
    .nullable(),
  version: z.string().nullable(),
  progress: progress.nullable().default(null),
  heldOutBefore: z.number().nullable(),
  heldOutAfter: z.number().nullable(),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      remedy: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    })
    .nullable(),
  createdAt: z.coerce.date(),
  startedAt: z.coerce.date().nullable(),
  finishedAt: z.coerce.date(),
  erasedAt: z.coerce.date().nullable().default(null),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/** @throws LoraloomError `storage_unavailable` */
export const readRunRecord = async (
  { objects }: Pick<Store, "objects">,
  scope: AvatarScope,
  runId: string,
): Promise<RunRecord | "missing" | "damaged"> => {
  const read = await readJson(objects, adapterKeys(scope).runRecord(runId), runRecordSchema);
  if (typeof read === "string") return read;
  const { id, userId, avatarId } = read.value;
  return id === runId && userId === scope.userId && avatarId === scope.avatarId ? read.value : "damaged";
};
