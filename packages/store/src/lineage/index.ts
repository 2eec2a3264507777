/** Which bytes are in which version, through warm starts, backups and restores. */
export type { ReadFile, ReadKind } from "./file-digests.ts";
export {
  type BackupHolder,
  type Holders,
  type Holding,
  type VersionHolder,
  versionsWith,
} from "./holders.ts";
export { type Lineage, type Relative, readLineage } from "./read-lineage.ts";
