import { getRun } from "@loraloom/store/runs";
import { auditOnce } from "../access/audit.ts";
import type { AboutAvatar } from "../access/owner.ts";
import { toApiRun } from "./to-api-run.ts";

/** A run that an earlier try of a call has made, and perhaps not noted, before its process was gone. */
export const startedBefore = async (ctx: AboutAvatar, runId: string) => {
  const { store, avatar } = ctx;
  const run = await getRun(store, avatar, runId);
  await auditOnce(ctx, { action: "run-started", subject: run.id });
  return toApiRun(store, run);
};
