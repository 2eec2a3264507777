/** Mints every object key of the product; nothing else concatenates one. */

export { checkAvatarId, checkFileName, checkUserId } from "./names.ts";
export {
  type AvatarScope,
  adapterKeys,
  bucketProbeKey,
  fileKey,
  flagsKey,
  uploadKey,
} from "./object-keys.ts";
export { decodeSegment, encodeSegment } from "./segment.ts";
