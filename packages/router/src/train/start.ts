import { createHash } from "node:crypto";
import type { Store } from "@loraloom/store";
import { getAdapter } from "@loraloom/store/adapters";
import { summarizeFiles } from "@loraloom/store/files";
import type { AvatarScope } from "@loraloom/store/keys";
import { startRun } from "@loraloom/store/runs";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { resolveBase } from "../deployment.ts";
import { avatarProcedure } from "../procedure.ts";
import { text } from "../schemas/text.ts";
import { evaluationSchema } from "./evaluation.ts";
import { hyperparametersInput } from "./hyperparameters.ts";
import { toRunConfig } from "./run-config.ts";
import { runSchema } from "./run-schema.ts";
import { toApiRun } from "./to-api-run.ts";

/** Queues a run over the files that are flagged for training now. */
export const start = avatarProcedure("train", {
  name: text.min(1).max(200).optional(),
  /** Left out: the evaluation files, where there are any. */
  evaluation: evaluationSchema.optional(),
  /** Whether the new version becomes current or waits as a candidate for adapter.rollback. */
  publish: z.enum(["current", "candidate"]).default("current"),
  /** Left out: the adapter's. */
  baseModel: text.min(1).max(500).optional(),
  hyperparameters: hyperparametersInput.default({}),
  /** Trains on the rows without faults instead of refusing the file. */
  skipInvalidRows: z.boolean().default(false),
  /** The same key with the same request gives the same run. */
  idempotencyKey: text.min(1).max(200).optional(),
})
  .output(runSchema)
  .mutation(async ({ ctx, input }) => {
    const { store, avatar } = ctx;
    const adapter = await getAdapter(store, avatar);
    const base = await resolveBase(ctx, input.baseModel ?? adapter.baseModel);
    const evaluation = input.evaluation ?? (await usualEvaluation(store, avatar));
    const run = await startRun(store, avatar, {
      name: input.name,
      ...base,
      config: toRunConfig({ ...input, evaluation }),
      idempotencyKey: input.idempotencyKey,
      requestHash: hashRequest(avatar, input),
    });
    await audit(ctx, { action: "run-started", subject: run.id });
    return toApiRun(store, run);
  });

const usualEvaluation = async (store: Store, avatar: AvatarScope): Promise<"files" | "none"> => {
  const folders = await summarizeFiles(store, avatar);
  return folders.has("evaluation_data") ? "files" : "none";
};

/** Of what was asked for, so that a file uploaded between two tries doesn't make them differ. */
const hashRequest = ({ userId, avatarId }: AvatarScope, input: object): string =>
  createHash("sha256")
    .update(JSON.stringify({ ...input, userId, avatarId }))
    .digest("hex");
