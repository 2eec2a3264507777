import { readFile } from "node:fs/promises";
import { type Client, createClient, isLoraloomError } from "@loraloom/client";
import type { SharedOptions } from "../command/shared-options.ts";
import { UsageError } from "../failures/cli-error.ts";
import { findRunningService, type RunningService } from "./find-service.ts";

/** Where options and variables come from. */
export type Surroundings = { environment: NodeJS.ProcessEnv; folder: string };

/**
 * A client of the service that options, variables or a service running in this folder name.
 *
 * @throws UsageError when there is no service or no key to be found
 */
export const openClient = async (
  { url: named, keyFile }: SharedOptions,
  { environment, folder }: Surroundings,
): Promise<Client> => {
  const running = await findRunningService(folder, environment);
  const url = named ?? running?.url;
  if (url === undefined) throw noService();
  const apiKey = await findKey({ keyFile, environment, running: isSameService(url, running) });
  try {
    return createClient({ url, apiKey });
  } catch (cause) {
    throw wrongConnection(cause);
  }
};

const wrongConnection = (cause: unknown): UsageError => {
  const message = cause instanceof Error ? cause.message : String(cause);
  const remedy = isLoraloomError(cause, "bad_input")
    ? "Give an address such as http://127.0.0.1:4710 with --url or LORALOOM_URL."
    : "Give a key as 'loraloom keys create' prints it, with --key-file, LORALOOM_API_KEY or LORALOOM_API_KEY_FILE.";
  return new UsageError(message, { remedy, cause });
};

/** Its first key must go nowhere else. */
const isSameService = (url: string, running: RunningService | undefined): RunningService | undefined =>
  running && URL.canParse(url) && new URL(url).origin === new URL(running.url).origin ? running : undefined;

type KeySources = {
  keyFile: string | undefined;
  environment: NodeJS.ProcessEnv;
  running: RunningService | undefined;
};

const findKey = async ({ keyFile, environment, running }: KeySources): Promise<string> => {
  const { LORALOOM_API_KEY, LORALOOM_API_KEY_FILE } = environment;
  if (keyFile !== undefined) return readKeyFile(keyFile);
  if (LORALOOM_API_KEY) return LORALOOM_API_KEY;
  if (LORALOOM_API_KEY_FILE) return readKeyFile(LORALOOM_API_KEY_FILE);
  if (running) return readKeyFile(running.keyFile);
  throw new UsageError("There is no API key.", {
    remedy: "Give --key-file, LORALOOM_API_KEY or LORALOOM_API_KEY_FILE.",
  });
};

const readKeyFile = async (path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new UsageError(`The key file '${path}' can't be read.`, {
      remedy: "Name a file that holds an API key and nothing else.",
      cause,
    });
  }
};

const noService = (): UsageError =>
  new UsageError("No service is named, and none runs in this folder or above it.", {
    remedy: "Give --url or LORALOOM_URL, or start one with 'npm start'.",
  });
