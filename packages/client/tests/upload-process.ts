/** An upload in a process of its own, which can be killed: run with the file's path and its name on the server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createClient } from "../src/index.ts";
import type { LargeFile } from "./large-file.ts";

const [path = "", name = ""] = process.argv.slice(2);
const { LORALOOM_URL: url, LORALOOM_KEY: apiKey } = process.env;

/** Says the upload's id, and then how much has been sent. */
const uploadAndTell = async (connection: { url: string; apiKey: string }): Promise<void> => {
  const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  await createClient(connection).uploadTrainingData(path, {
    userId: "ada",
    avatarId: "mia",
    name,
    parallelParts: 1,
    onUploadId: (uploadId) => tell({ uploadId }),
    onProgress: ({ loaded, total }) => tell({ share: loaded / total }),
  });
};

/** Kills an upload in the middle and answers with its id. */
export const killUploadHalfway = async (
  server: { url: string; apiKey: string },
  file: LargeFile,
  as: string,
): Promise<string> => {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), file.path, as], {
    env: { ...process.env, LORALOOM_URL: server.url, LORALOOM_KEY: server.apiKey },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let id = "";
  for await (const line of createInterface({ input: child.stdout })) {
    const { uploadId = id, share = 0 } = JSON.parse(line) as { uploadId?: string; share?: number };
    id = uploadId;
    if (share > 0.5) break;
  }
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  return id;
};

if (url && apiKey && process.argv[1] === fileURLToPath(import.meta.url)) await uploadAndTell({ url, apiKey });
