import { create } from "./create.ts";
import { deleteProcedure } from "./delete.ts";
import { download } from "./download.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { rollback } from "./rollback.ts";
import { versions } from "./versions.ts";

export const adapter = { create, get, list, versions, download, rollback, delete: deleteProcedure };
