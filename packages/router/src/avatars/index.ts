import { erase } from "./erase.ts";

export const avatars = { erase };
