/** `npm run page`: the example page, beside the service that runs or one that is started for it. */
import { readFile } from "node:fs/promises";
import { createClient } from "@loraloom/client";
import { ensureParts, explainError, stopSignal } from "@loraloom/launcher";
import { readArguments } from "./read-arguments.ts";
import { servePage } from "./serve-page.ts";
import { makeUserKey } from "./user-key.ts";

const main = async (): Promise<void> => {
  const { userId, avatarId, port } = readArguments(process.argv.slice(2));
  const signal = stopSignal();
  await using parts = await ensureParts({ report: console.log, signal });
  const service = createClient({ url: parts.url, apiKey: await readFile(parts.keyFile, "utf8") });
  await using key = await makeUserKey(service, userId);
  const session = { url: parts.url, apiKey: key.key, userId, avatarId };
  await using page = await servePage(session, port);
  console.log(`\nOpen ${page.url} in a browser on this machine.\n  stop  Ctrl-C\n`);
  await untilAborted(signal);
};

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

main().then(
  () => process.exit(0),
  (error: unknown) => {
    // A stop while everything was still starting is what the user wanted.
    if (error instanceof Error && error.name === "AbortError") process.exit(0);
    console.error(`\n${explainError(error)}`);
    process.exit(1);
  },
);
