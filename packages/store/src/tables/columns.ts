import { customType, timestamp } from "drizzle-orm/pg-core";

/** A moment on the database's clock. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** Object names compare by their bytes, so that a page's order is the same on every database. */
export const byteOrderedText = customType<{ data: string }>({ dataType: () => 'text collate "C"' });
