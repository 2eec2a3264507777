import { get } from "./get.ts";
import { list } from "./list.ts";
import { set } from "./set.ts";

export const limits = { get, set, list };
