/** Versions as archives: made once, used again, swept. */
export { type ArchiveDownload, downloadArchive } from "./download-archive.ts";
export { sweepExpiredExports } from "./sweep-exports.ts";
