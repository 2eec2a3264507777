import { getFile, setFlags } from "@loraloom/store/files";
import type { FlaggedFolder } from "@loraloom/store/keys";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { fileName, fileSchema } from "./file-schemas.ts";
import { type About, folderMutation } from "./folder-procedure.ts";
import { toApiFile } from "./to-api-file.ts";

const flagShape = { name: fileName, useForTraining: z.boolean() };

/** Says whether a file is used. */
export const makeSetFlag = <Shape extends z.ZodRawShape>(about: About<Shape, FlaggedFolder>) =>
  folderMutation(about, "write", flagShape)
    .meta({ again: true })
    .output(fileSchema)
    .mutation(async ({ ctx }) => {
      const { store, folder, options } = ctx;
      const { name, useForTraining } = options;
      await setFlags(store, folder, [{ name, used: useForTraining }]);
      const [file] = await Promise.all([
        getFile(store, folder, { kind: folder.kind, name }),
        audit(ctx, { action: useForTraining ? "file-used" : "file-unused", subject: name }),
      ]);
      return toApiFile(file);
    });

/** Sets 1 to 10,000 flags at once, all or none; of two of one name the last counts. */
export const makeSetFlags = <Shape extends z.ZodRawShape>(about: About<Shape, FlaggedFolder>) =>
  folderMutation(about, "write", { flags: z.array(z.strictObject(flagShape)).min(1).max(10_000) })
    .meta({ again: true })
    .output(
      z.object({
        changed: z.int(),
        /** Those whose flag was another one before. */
        names: z.array(z.string()),
      }),
    )
    .mutation(async ({ ctx }) => {
      const { store, folder, options } = ctx;
      const flags = options.flags.map(({ name, useForTraining }) => ({ name, used: useForTraining }));
      const names = await setFlags(store, folder, flags);
      await audit(ctx, { action: "flags-set", subject: `${names.length} of ${folder.kind}` });
      return { changed: names.length, names };
    });
