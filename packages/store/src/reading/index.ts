/** As much of the store as a thread needs to read a file; the rest, with the database, takes a second to load. */

export { type Inspect, inspectHere, type ReadFile, type UnreadFile } from "../files/inspect-object.ts";
export { type ObjectStoreConfig, openObjects } from "../objects/client.ts";
