/** Mints every object key of the product; nothing else concatenates one. */

export {
  type AvatarFolder,
  type AvatarScope,
  avatarFolders,
  checkFolder,
  type FileKind,
  type FileScope,
  type FlaggedFolder,
  type FlaggedKind,
  type Folder,
  flaggedFolderOf,
  flaggedKinds,
  isInspected,
  maxFileBytes,
  type UserFolder,
} from "./folders.ts";
export { checkAvatarId, checkFileName, checkUserId } from "./names.ts";
export {
  adapterKeys,
  avatarsPrefix,
  fileKey,
  fileNameOf,
  flagsKey,
  folderPrefix,
  probePrefix,
  readTombstoneKey,
  type StagedOwner,
  scopePrefix,
  stagedOwner,
  tombstoneKey,
  tombstonesPrefix,
  uploadKey,
  uploadsPrefix,
  userFolderPrefix,
  usersPrefix,
} from "./object-keys.ts";
export { decodeSegment, encodeSegment } from "./segment.ts";
