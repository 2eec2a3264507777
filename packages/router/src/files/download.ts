import { LoraloomError } from "@loraloom/errors";
import { downloadFiles } from "@loraloom/store/files";
import { z } from "zod";
import { mostRows, nextCursor, pageShape } from "../schemas/page.ts";
import { fileName } from "./file-schemas.ts";
import { type About, folderProcedure } from "./folder-procedure.ts";
import { filterShape } from "./list.ts";

/** URLs that read files: of the given names, or of a page of the list. */
export const makeDownload = <Shape extends z.ZodRawShape>(about: About<Shape>) =>
  folderProcedure(about, "read", {
    names: z.array(fileName).min(1).max(mostRows, { error: tooManyNames }).optional(),
    ...filterShape,
    ...pageShape,
  })
    .output(
      z.object({
        files: z.array(
          z.object({
            name: z.string(),
            size: z.int(),
            sha256: z.string().nullable(),
            type: z.string(),
            url: z.string(),
          }),
        ),
        nextCursor,
        expiresAt: z.date(),
      }),
    )
    .query(async ({ ctx: { store, folder, options } }) => {
      const page = await downloadFiles(store, folder, requestOf(options));
      return {
        ...page,
        files: page.files.map(({ contentType, ...file }) => ({ ...file, type: contentType })),
      };
    });

/** Fewer than other calls take: each URL is signed on its own, and would end before its turn among thousands. */
const tooManyNames = ({ input }: { input?: unknown }): string =>
  `${Array.isArray(input) ? input.length : "these"} are too many, one call signs ${mostRows} URLs at most: ` +
  "ask for so many names at a time, or page through the list without names";

type Options = {
  names?: string[] | undefined;
  prefix?: string | undefined;
  cursor?: string | undefined;
  filter: "all" | "used" | "unused";
  limit: number;
};

const requestOf = ({ names, ...page }: Options) => {
  if (!names) return page;
  if (page.prefix === undefined && page.cursor === undefined && page.filter === "all") return { names };
  throw new LoraloomError("bad_input", "Give names, or filter, prefix and cursor, and not both.");
};
