import { rebuild } from "./rebuild.ts";
import { rewrapSecrets } from "./rewrap-secrets.ts";

export const admin = { rebuild, rewrapSecrets };
