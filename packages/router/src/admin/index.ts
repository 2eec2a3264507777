import { limits } from "./limits/index.ts";
import { rebuild } from "./rebuild.ts";

export const admin = { limits, rebuild };
