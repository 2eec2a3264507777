import { procedures } from "./procedures.ts";
import { t } from "./trpc.ts";

/** The router that a host mounts. */
export const createRouter = () => t.router(procedures);
