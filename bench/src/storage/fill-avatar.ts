import type { Client } from "@loraloom/client";
import { timeEach } from "../measure/at-once.ts";
import { avatar } from "./avatar.ts";
import { chatLines } from "./chat-rows.ts";

const uploadsAtOnce = 16;
const fileBytes = 2_000;

/** Uploads so many small files of training data as people do. @returns their names */
export const fillAvatar = async (client: Client, files: number): Promise<string[]> => {
  const names = Array.from({ length: files }, (_, index) => `chats-${String(index).padStart(5, "0")}.jsonl`);
  await timeEach({ times: files, atOnce: uploadsAtOnce }, async (index) => {
    const rows = [...chatLines({ seed: index, bytes: fileBytes })].join("\n");
    await client.uploadTrainingData(new Blob([rows]), { ...avatar, name: names[index] ?? "" });
  });
  return names;
};
