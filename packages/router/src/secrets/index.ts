import { deleteSecret } from "./delete.ts";
import { list } from "./list.ts";
import { set } from "./set.ts";

export const secrets = { set, list, delete: deleteSecret };
