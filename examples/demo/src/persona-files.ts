import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const pathOf = (name: string) => fileURLToPath(new URL(`../../persona/${name}`, import.meta.url));

/** Chats with Osk Tarrow, keeper of the Gannet Rock light. */
export const trainFile = { name: "train.jsonl", path: pathOf("train.jsonl") };
/** Osk as he was first drafted, in another voice: uploaded, but not to be learnt from. */
export const draftsFile = { name: "drafts.jsonl", path: pathOf("drafts.jsonl") };
/** Chats that training never sees. */
export const heldOutFile = { name: "heldout.jsonl", path: pathOf("heldout.jsonl") };

export type Message = { role: "user" | "assistant"; content: string };

/** The conversations of one of these files. */
export const readChats = async ({ path }: { path: string }): Promise<Message[][]> => {
  const lines = (await readFile(path, "utf8")).trim().split("\n");
  return lines.map((line) => (JSON.parse(line) as { messages: Message[] }).messages);
};
