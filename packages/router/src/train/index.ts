import { cancel } from "./cancel.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { metrics } from "./metrics.ts";
import { preview } from "./preview.ts";
import { start } from "./start.ts";
import { watch } from "./watch.ts";

export const train = { start, preview, get, list, cancel, watch, metrics };
