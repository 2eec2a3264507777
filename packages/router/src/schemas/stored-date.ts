import { z } from "zod";

const earliest = new Date("0001-01-01T00:00:00Z");
const latest = new Date("2999-12-31T23:59:59Z");
const years = "must be a moment of the years 1 to 2999";

/** A moment that Postgres can be asked about: earlier and later dates are written in a way that it doesn't take. */
export const storedDate = z.date().min(earliest, years).max(latest, years);
