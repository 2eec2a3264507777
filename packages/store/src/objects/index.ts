export { abortMultiparts } from "./abort-multiparts.ts";
export { applyCors, ensureBucket } from "./bucket.ts";
export { type ObjectStore, type ObjectStoreConfig, openObjects } from "./client.ts";
export { copyObject, isCopiedInParts } from "./copy.ts";
export { deleteObject, deletePrefix } from "./delete.ts";
export { getObject, headObject, type ObjectContent, type ObjectHead } from "./get.ts";
export { hashObject } from "./hash-object.ts";
export { type ListedObject, listFolders, listObjects } from "./list.ts";
export { listParts, type StoredPart } from "./list-parts.ts";
export {
  abortMultipart,
  completeMultipart,
  listMultiparts,
  type Multipart,
  type NamedPart,
  type OpenMultipart,
  startMultipart,
} from "./multipart.ts";
export { bytesOfPart, type PartPlan, partCount, partSizeFor } from "./part-plan.ts";
export { presignGet, presignPart, presignPut } from "./presign.ts";
export { type ProbeReport, probe, probeAgain } from "./probe.ts";
export { type PutObjectInput, putObject, putObjectIf } from "./put.ts";
export { type PutStreamInput, putStream } from "./put-stream.ts";
export { readJson } from "./read-json.ts";
export { storeTime, urlEnd } from "./store-time.ts";
