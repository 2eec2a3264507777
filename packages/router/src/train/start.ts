import { createHash } from "node:crypto";
import type { AvatarScope } from "@loraloom/store/keys";
import { startRun } from "@loraloom/store/runs";
import { audit } from "../access/audit.ts";
import { avatarProcedure } from "../procedure.ts";
import { text } from "../schemas/text.ts";
import { planRun } from "./plan-run.ts";
import { runOptionsShape } from "./run-options.ts";
import { runSchema } from "./run-schema.ts";
import { toApiRun } from "./to-api-run.ts";

export const startShape = {
  name: text.min(1).max(200).optional(),
  ...runOptionsShape,
  /** The same key with the same request gives the same run. */
  idempotencyKey: text.min(1).max(200).optional(),
};

/** Queues a run over the files that are flagged for training now. */
export const start = avatarProcedure("train", startShape)
  .output(runSchema)
  .mutation(async ({ ctx, input }) => {
    const { store, avatar } = ctx;
    const run = await startRun(store, avatar, {
      name: input.name,
      ...(await planRun(ctx, avatar, input)),
      idempotencyKey: input.idempotencyKey,
      requestHash: hashRequest(avatar, input),
      origin: ctx.origin,
    });
    await audit(ctx, { action: "run-started", subject: run.id });
    return toApiRun(store, run);
  });

/** Of what was asked for, so that a file uploaded between two tries doesn't make them differ. */
const hashRequest = ({ userId, avatarId }: AvatarScope, input: object): string =>
  createHash("sha256")
    .update(JSON.stringify({ ...input, userId, avatarId }))
    .digest("hex");
