import { z } from "zod";

/** Further away, on either side, there are dates that Postgres doesn't take. */
const earliest = new Date(0);
const latest = new Date("2999-12-31T23:59:59Z");

/** When something ends that is given a time; whether it is still to come, `requireFuture` asks the database. */
export const futureDate = z
  .date()
  .min(earliest, "must be in the future")
  .max(latest, "must be before the year 3000; leave it out for never");
