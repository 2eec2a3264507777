/** Taking data back: what is removed, and what is named that still holds it. */
export { type Erased, eraseFile } from "./erase-file.ts";
