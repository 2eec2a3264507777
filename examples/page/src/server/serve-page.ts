import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import type { Session } from "../session.ts";
import { handOverSession } from "./hand-over-session.ts";

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const root = pathOf("../..");
/** Vite would serve the whole repository otherwise, and with it the service's data and first key. */
const served = [root, pathOf("../../../../packages/client"), pathOf("../../../../node_modules")];

/**
 * The page on loopback, its modules as they are asked for; another port is taken where that one is not free.
 *
 * @example await using page = await servePage(session, 4720);
 */
export const servePage = async (
  session: Session,
  port: number,
): Promise<AsyncDisposable & { url: string }> => {
  const server = await createServer({
    configFile: false,
    root,
    logLevel: "warn",
    plugins: [handOverSession(session)],
    server: { host: "127.0.0.1", port, cors: false, fs: { allow: served } },
    // Found beforehand: what is found later makes Vite load the page again in the middle of its work.
    optimizeDeps: { entries: ["index.html", "../../packages/client/src/index.ts"] },
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0] ?? "";
  return { url, [Symbol.asyncDispose]: () => server.close() };
};
