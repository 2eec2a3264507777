/**
 * An upload in a process of its own, which can be killed: run with the file's path, its name on the server, parts at
 * once, and the share that has been sent when it pauses itself, so that whoever kills it comes in time.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createClient } from "../src/index.ts";
import type { LargeFile } from "./large-file.ts";

type Connection = { url: string; apiKey: string };

const [path = "", name = "", parallelParts = "", pausesAt = "1"] = process.argv.slice(2);
const { LORALOOM_URL: url, LORALOOM_KEY: apiKey } = process.env;

/** Says the upload's id, and then how much has been sent. */
const uploadAndTell = async (connection: Connection): Promise<void> => {
  const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  await createClient(connection).uploadTrainingData(path, {
    userId: "ada",
    avatarId: "mia",
    name,
    parallelParts: Number(parallelParts),
    onUploadId: (uploadId) => tell({ uploadId }),
    onProgress: ({ loaded, total }) => {
      tell({ share: loaded / total });
      if (loaded / total > Number(pausesAt)) process.kill(process.pid, "SIGSTOP");
    },
  });
  tell({ peakKibibytes: process.resourceUsage().maxRSS });
};

type Line = { uploadId?: string; share?: number; peakKibibytes?: number };

/** What it says, line by line; a process that is still running when nobody listens any more is killed. */
async function* linesOf(
  server: Connection,
  options: [path: string, as: string, parallelParts: string, ...pausesAt: string[]],
) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...options], {
    env: { ...process.env, LORALOOM_URL: server.url, LORALOOM_KEY: server.apiKey },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  try {
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Line;
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** Uploads a file and answers with the most memory that the process had, in MiB. */
export const measureUpload = async (server: Connection, path: string, as: string): Promise<number> => {
  let peak = 0;
  for await (const { peakKibibytes = 0 } of linesOf(server, [path, as, "4"])) peak = peakKibibytes / 1024;
  return peak;
};

/** Kills an upload in the middle and answers with its id. */
export const killUploadHalfway = async (server: Connection, file: LargeFile, as: string): Promise<string> => {
  let id = "";
  // One part after the other: halfway there are some that have arrived.
  for await (const { uploadId = id, share = 0 } of linesOf(server, [file.path, as, "1", "0.5"])) {
    id = uploadId;
    if (share > 0.5) break;
  }
  return id;
};

if (url && apiKey && process.argv[1] === fileURLToPath(import.meta.url)) await uploadAndTell({ url, apiKey });
