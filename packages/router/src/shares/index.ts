import { list } from "./list.ts";
import { mine } from "./mine.ts";
import { remove } from "./remove.ts";
import { set } from "./set.ts";

export const shares = { set, list, mine, remove };
