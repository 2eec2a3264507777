import { eraseUser } from "./erase-user.ts";
import { rebuild } from "./rebuild.ts";
import { rewrapSecrets } from "./rewrap-secrets.ts";

export const admin = { eraseUser, rebuild, rewrapSecrets };
