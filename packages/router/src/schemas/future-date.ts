import { z } from "zod";

/** Further away there are dates that Postgres doesn't take. */
const latest = new Date("2999-12-31T23:59:59Z");

/** When something ends that is given a time. */
export const futureDate = z
  .date()
  .max(latest, "must be before the year 3000; leave it out for never")
  .refine((date) => date.getTime() > Date.now(), "must be in the future");
