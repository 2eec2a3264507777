import { LoraloomError } from "@loraloom/errors";
import {
  checkFolder,
  type FlaggedFolder,
  type Folder,
  flaggedFolderOf,
  isInspected,
} from "@loraloom/store/keys";
import { z } from "zod";
import { type Asking, avatarOf, ownerOf, type Use } from "../access/owner.ts";
import { text } from "../schemas/text.ts";
import type { About } from "./folder-procedure.ts";

const userShape = { userId: z.string().optional() };
const avatarShape = { avatarId: z.string(), ...userShape };
const folderShape = { avatarId: z.string().optional(), ...userShape, folder: text.min(1).max(100) };
const kindShape = {
  ...avatarShape,
  kind: z.enum(["training_data", "evaluation_data"]).default("training_data"),
};
// Made once: a schema that is new compiles itself, which costs more than all that it parses.
const avatarInput = z.object(avatarShape);
const folderInput = z.object(folderShape);
const kindInput = z.object(kindShape);

/** What an adapter learns from and is measured with. */
export const aboutDatasets: About<typeof kindShape> = {
  shape: kindShape,
  async folderOf(asking, input, use) {
    const { kind, ...avatar } = kindInput.parse(input);
    return { ...(await avatarOf(asking, avatar, use)), kind };
  },
};

/** What an adapter learns from. */
export const aboutTrainingData: About<typeof avatarShape, FlaggedFolder> = {
  shape: avatarShape,
  folderOf: async (asking, input, use) => ({
    ...(await avatarOf(asking, avatarInput.parse(input), use)),
    kind: "training_data",
  }),
};

/** Every other folder: of an avatar, or without avatarId one of the user. */
export const aboutFiles: About<typeof folderShape> = {
  shape: folderShape,
  folderOf: (asking, input, use) => otherFolderOf(asking, folderInput.parse(input), use),
};

/** Of those the one whose files have flags. */
export const aboutFlaggedFiles: About<typeof folderShape, FlaggedFolder> = {
  shape: folderShape,
  async folderOf(asking, input, use) {
    const folder = await otherFolderOf(asking, folderInput.parse(input), use);
    const flagged = flaggedFolderOf(folder);
    if (flagged) return flagged;
    throw badFolder(folder.kind, "its files have no flags; 'vectorstore_data' has them");
  },
};

type FolderInput = z.output<typeof folderInput>;

/** @throws LoraloomError as `avatarOf`, `ownerOf`, `bad_folder` */
export const otherFolderOf = async (
  asking: Asking,
  { folder, userId, avatarId }: FolderInput,
  use: Use,
): Promise<Folder> => {
  const scope =
    avatarId === undefined
      ? { userId: ownerOf(asking.caller, userId), avatarId: null }
      : await avatarOf(asking, { userId, avatarId }, use);
  const kind = checkFolder(scope.avatarId, folder);
  if (isInspected(kind)) throw badFolder(kind, "trainingData.* is about its files");
  return { ...scope, kind };
};

const badFolder = (folder: string, reason: string): LoraloomError =>
  new LoraloomError("bad_folder", `'${folder}' is not a folder for this: ${reason}.`, {
    details: { value: folder },
  });
