/** Mints every object key of the product; nothing else concatenates one. */

export { checkAvatarId, checkFileName, checkUserId } from "./names.ts";
export {
  type AvatarScope,
  adapterKeys,
  fileKey,
  flagsKey,
  probePrefix,
  type StagedOwner,
  stagedOwner,
  uploadKey,
  uploadsPrefix,
} from "./object-keys.ts";
export { decodeSegment, encodeSegment } from "./segment.ts";
