import { get } from "./get.ts";

export const usage = { get };
