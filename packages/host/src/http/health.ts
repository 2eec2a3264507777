import { isLoraloomError } from "@loraloom/errors";
import { checkHealth, type Services } from "@loraloom/router";
import { Hono } from "hono";
import { atMostEach, usualAge } from "./at-most-each.ts";

/** For supervisors and load balancers; without a key, so that it tells no more than codes. */
export const healthRoutes = (services: () => Services, ending: AbortSignal): Hono => {
  const findCodes = atMostEach(usualAge, () => codesOf(services));
  return new Hono()
    .get("/live", (context) => context.json({ live: true }))
    .get("/ready", async (context) => {
      const codes = ending.aborted ? ["ending"] : await findCodes();
      return context.json({ ready: codes.length === 0, codes }, codes.length === 0 ? 200 : 503);
    });
};

/** Of the parts that don't answer. */
const codesOf = async (services: () => Services): Promise<string[]> => {
  try {
    const { database, storage } = await checkHealth(services());
    return [database, storage].flatMap(({ error }) => (error ? [error.code] : []));
  } catch (error) {
    if (isLoraloomError(error)) return [error.code];
    throw error;
  }
};
