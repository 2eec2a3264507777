import { rebuild } from "./rebuild.ts";

export const admin = { rebuild };
