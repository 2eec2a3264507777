import { type Folder, flaggedFolderOf } from "../keys/index.ts";
import type { Executor } from "../store.ts";
import { avatarFlags } from "../tables/index.ts";
import { ofFolder } from "./in-folder.ts";

/**
 * Forgets what another tool's dictionary said of a name that had no row: from now on its row counts, also after
 * the file is deleted.
 *
 * @returns what it said
 */
export const takeForeignFlag = async (
  tx: Executor,
  folder: Folder,
  name: string,
): Promise<boolean | undefined> => {
  const flagged = flaggedFolderOf(folder);
  if (!flagged) return undefined;
  const [dictionary] = await tx
    .select({ foreignFlags: avatarFlags.foreignFlags })
    .from(avatarFlags)
    .where(ofFolder(avatarFlags, flagged))
    .for("update");
  const foreignFlags = dictionary?.foreignFlags ?? [];
  const said = foreignFlags.find(([other]) => other === name);
  if (!said) return undefined;
  await tx
    .update(avatarFlags)
    .set({ foreignFlags: foreignFlags.filter((entry) => entry !== said) })
    .where(ofFolder(avatarFlags, flagged));
  return said[1];
};
