/** Mints every object key of the product; nothing else concatenates one. */
export { adapterKeys, type AvatarScope, bucketProbeKey, fileKey, flagsKey, uploadKey } from "./object-keys.ts";
export { checkAvatarId, checkFileName, checkUserId } from "./names.ts";
export { decodeSegment, encodeSegment } from "./segment.ts";
