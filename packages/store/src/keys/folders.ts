import { LoraloomError } from "@loraloom/errors";
import { shown } from "./names.ts";

/** Where an avatar's files lie; each has rules of its own. */
export const avatarFolders = [
  "training_data",
  "evaluation_data",
  "vectorstore_data",
  "media/audio",
  "media/original/video",
  "media/original/text",
  "media/original/audio",
  "media/original/images",
] as const;
/** Folders whose files have a flag, and a dictionary of flags beside them. */
export const flaggedKinds = ["training_data", "vectorstore_data"] as const;

export type AvatarFolder = (typeof avatarFolders)[number];
export type FlaggedKind = (typeof flaggedKinds)[number];
/** A folder of a user beside his avatars; {@link checkFolder} makes one of a text. */
export type UserFolder = "image" | "vectorstore" | (string & { readonly folderOf: "user" });
/** What a file is for: the folder that it lies in. */
export type FileKind = AvatarFolder | UserFolder;

/** One avatar of one user. */
export type AvatarScope = { userId: string; avatarId: string };
/** An avatar, or with null the user himself. */
export type FileScope = { userId: string; avatarId: string | null };
/** One folder of somebody. */
export type Folder = FileScope & { kind: FileKind };
export type FlaggedFolder = AvatarScope & { kind: FlaggedKind };

const userFolderPattern = /^(?!avatars$)[a-z0-9][a-z0-9_-]{0,62}$/;
const mebibyte = 1024 * 1024;

/**
 * The folder of a name: an avatar's folders are a fixed list, and a user names his own.
 *
 * @throws LoraloomError `bad_folder`
 */
export const checkFolder = (avatarId: string | null, folder: string): FileKind => {
  if (avatarId !== null) {
    if (isAvatarFolder(folder)) return folder;
    throw badFolder(folder, `it is none of an avatar's: ${avatarFolders.join(", ")}`);
  }
  if (isAvatarFolder(folder)) throw badFolder(folder, "it lies below an avatar, and avatarId is missing");
  if (isUserFolder(folder)) return folder;
  throw badFolder(folder, "it is not 1 to 63 characters of a-z 0-9 _ -, or it is 'avatars'");
};

const badFolder = (folder: string, reason: string): LoraloomError =>
  new LoraloomError("bad_folder", `${shown(folder)} is not a folder here: ${reason}.`, {
    details: { value: folder.slice(0, 200) },
  });

const isAvatarFolder = (folder: string): folder is AvatarFolder =>
  avatarFolders.some((known) => known === folder);

const isUserFolder = (folder: string): folder is UserFolder => userFolderPattern.test(folder);

/** The folder where its files have flags; `undefined` for any other. */
export const flaggedFolderOf = ({ userId, avatarId, kind }: Folder): FlaggedFolder | undefined => {
  const flagged = flaggedKinds.find((known) => known === kind);
  return flagged && avatarId !== null ? { userId, avatarId, kind: flagged } : undefined;
};

/** Whether files of this kind are read and reported on; any other is ready as it is. */
export const isInspected = (kind: FileKind): boolean =>
  kind === "training_data" || kind === "evaluation_data";

/** Bytes that a file of this kind may have; those that are read have a limit of the operator's. */
export const maxFileBytes = (kind: FileKind, limits: { fileBytes: number }): number =>
  isInspected(kind) ? limits.fileBytes : 5 * 1024 * mebibyte;
