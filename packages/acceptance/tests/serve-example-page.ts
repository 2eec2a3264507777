import { join } from "node:path";
import type { Readable } from "node:stream";
import { repositoryRoot } from "@loraloom/testkit";
import { execa } from "execa";

const main = join(repositoryRoot, "examples/page/src/server/main.ts");

/** What `npm run page` runs after set-up, beside the service of a data folder. */
export const serveExamplePage = async (dataDir: string): Promise<AsyncDisposable & { url: string }> => {
  const child = execa(process.execPath, [main], {
    env: { LORALOOM_DATA_DIR: dataDir },
    all: true,
    reject: false,
    forceKillAfterDelay: false,
  });
  const url = await Promise.race([openUrl(child.all), child.then(failed)]);
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child;
    },
  };
};

/** Reads on afterwards: output that nobody reads ends the server. */
const openUrl = (printed: Readable): Promise<string> =>
  new Promise((resolve) => {
    let text = "";
    printed.on("data", (piece) => {
      text += String(piece);
      const [, url] = /Open (\S+)/.exec(text) ?? [];
      if (url) resolve(url);
    });
  });

const failed = ({ all }: { all?: string }): never => {
  throw new Error(`The page's server ended before it named its URL:\n${all}`);
};
