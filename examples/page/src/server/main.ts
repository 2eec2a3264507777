/** `npm run page`: the example page, beside the service that runs or one that is started for it. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { createClient } from "@loraloom/client";
import { ensureParts, explainError, stopSignal } from "@loraloom/launcher";
import { servePage } from "./serve-page.ts";
import { makeUserKey } from "./user-key.ts";

const options = {
  user: { type: "string", default: "demo" },
  avatar: { type: "string", default: "osk-tarrow" },
  port: { type: "string", default: "4720" },
} as const;

const main = async (): Promise<void> => {
  const { user, avatar, port } = parseArgs({ options }).values;
  const signal = stopSignal();
  await using parts = await ensureParts({ report: console.log, signal });
  const service = createClient({ url: parts.url, apiKey: await readFile(parts.keyFile, "utf8") });
  await using key = await makeUserKey(service, user);
  const session = { url: parts.url, apiKey: key.key, userId: user, avatarId: avatar };
  await using page = await servePage(session, Number(port));
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
