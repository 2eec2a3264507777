import { cancel } from "./cancel.ts";
import { deleteProcedure } from "./delete.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { metrics } from "./metrics.ts";
import { preview } from "./preview.ts";
import { rerun } from "./rerun.ts";
import { start } from "./start.ts";
import { update } from "./update.ts";
import { watch } from "./watch.ts";

export const train = {
  ...{ start, preview, rerun, get, list, update, cancel, delete: deleteProcedure, watch, metrics },
};
