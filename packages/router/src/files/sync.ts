import { syncFolder } from "@loraloom/store/files";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { inspect } from "../inspection/inspect.ts";
import { listed } from "./file-schemas.ts";
import { type About, folderMutation } from "./folder-procedure.ts";

const names = listed(z.string());

/** Takes over what other tools put, changed and removed in the object store. */
export const makeSync = <Shape extends z.ZodRawShape>(about: About<Shape>) =>
  folderMutation(about, "write", {})
    .meta({ again: true })
    .output(
      z.object({
        /** Objects that were no files before. */
        adopted: names,
        /** Files whose bytes are other ones now; they are inspected again. */
        changed: names,
        /** Files whose object is gone; each has that as its fault. */
        missing: names,
        /** `upload` and `deletion` are under way; `name`: no file can be called so. */
        skipped: listed(z.object({ name: z.string(), reason: z.enum(["upload", "deletion", "name"]) })),
        /** By how many files the avatar has more than it may have; all are there, but no new name can be uploaded. */
        surplus: z.number(),
      }),
    )
    .mutation(async ({ ctx }) => {
      const { store, folder } = ctx;
      const outcome = await syncFolder(store, folder, inspect);
      await audit(ctx, { action: "folder-synced", subject: folder.kind });
      return outcome;
    });
