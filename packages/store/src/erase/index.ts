/** Taking data back: what is removed, and what is named that still holds it. */
export { type Erased, eraseFile } from "./erase-file.ts";
export { type Erasure, type ErasurePreview, eraseScope, previewErasure } from "./erase-scope.ts";
export { respectTombstones } from "./respect-tombstones.ts";
export { sweepErasures } from "./sweep-erasures.ts";
export { requireNotErased } from "./tombstones.ts";
