/** Adapters and their versions: what readers see, and in which order it changes. */

export { type AdapterInfo, adapterInfo } from "./adapter-info.ts";
export { createAdapter, deleteAdapter } from "./adapter-lifecycle.ts";
export { type AdapterShape, readVersionForm, type VersionForm } from "./adapter-shape.ts";
export type { Adapter } from "./lock-adapter.ts";
export { writeManifest } from "./manifest.ts";
export { listUnprojectedAdapters, projectAdapter, requestAdapterProjection } from "./project-adapter.ts";
export { findAdapter, getAdapter, listAdapters, listVersions } from "./read-adapters.ts";
export {
  fetchVersionFiles,
  findKnownVersions,
  resolveVersion,
  type VersionDownload,
  versionDownload,
} from "./read-version.ts";
export { rollbackAdapter } from "./rollback-adapter.ts";
export type { Version } from "./version.ts";
export { adapterFiles, versionKind } from "./version-kind.ts";
