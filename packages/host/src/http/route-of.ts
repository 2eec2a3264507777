import type { Context } from "hono";
import { routePath } from "hono/route";

/** The pattern of a request's route, once it is answered. A path that is none of ours is what somebody wrote. */
export const routeOf = (context: Context): string => {
  const pattern = routePath(context, -1);
  return pattern === "/*" ? "unknown" : pattern;
};
