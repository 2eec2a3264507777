import { emptySummary, summarizeFiles } from "@loraloom/store/files";
import { avatarFolders, type FileScope, isInspected } from "@loraloom/store/keys";
import { z } from "zod";
import { avatarOf, ownerOf } from "../access/owner.ts";
import { callerProcedure } from "../procedure.ts";
import { knownOptions } from "../schemas/known-options.ts";
import { summarySchema } from "./file-schemas.ts";
import { toApiSummary } from "./to-api-file.ts";

const otherFolders = avatarFolders.filter((folder) => !isInspected(folder));

/** What there is in every folder of an avatar beside its training data, or without avatarId in those of the user. */
export const summary = callerProcedure("read")
  .input(knownOptions({ avatarId: z.string().optional(), userId: z.string().optional() }))
  .output(z.object({ folders: z.array(summarySchema.extend({ folder: z.string() })) }))
  .query(async ({ ctx, input: { userId, avatarId } }) => {
    const scope: FileScope =
      avatarId === undefined
        ? { userId: ownerOf(ctx.caller, userId), avatarId: null }
        : await avatarOf(ctx, { userId, avatarId }, "read");
    const counted = await summarizeFiles(ctx.store, scope);
    const folders = scope.avatarId === null ? [...counted.keys()] : otherFolders;
    return {
      folders: folders.map((folder) => ({
        folder,
        ...toApiSummary(folder, counted.get(folder) ?? emptySummary),
      })),
    };
  });
