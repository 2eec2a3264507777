import { backup } from "./backup.ts";
import { backups } from "./backups.ts";
import { create } from "./create.ts";
import { deleteProcedure } from "./delete.ts";
import { deleteBackup } from "./delete-backup.ts";
import { download } from "./download.ts";
import { get } from "./get.ts";
import { info } from "./info.ts";
import { lineage } from "./lineage.ts";
import { list } from "./list.ts";
import { restore } from "./restore.ts";
import { rollback } from "./rollback.ts";
import { versions } from "./versions.ts";

export const adapter = {
  create,
  get,
  info,
  list,
  versions,
  lineage,
  download,
  rollback,
  backup,
  backups,
  deleteBackup,
  restore,
  delete: deleteProcedure,
};
