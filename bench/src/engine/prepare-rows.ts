import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../repository.ts";
import { engineProgram } from "./engine-program.ts";
import type { OurEngine } from "./our-engine.ts";
import { runPython } from "./python-child.ts";
import { runConfig } from "./run-config.ts";

/** The examples' persona: chats of some 80 tokens. */
export const chatsFile: string = join(repositoryRoot, "examples", "persona", "train.jsonl");

export type Rows = {
  /** For the engine. */
  path: string;
  /** For the peers: JSON lines in the order in which the engine steps through them. */
  orderedPath: string;
  tokens: number;
  trained: number;
};

/** So many chats as token ids and labels; all arms train on these. */
export const prepareRows = async (engine: OurEngine, folder: string, chats: number): Promise<Rows> => {
  const [source, path, orderedPath] = ["chats.jsonl", "rows.jsonl.gz", "ordered.jsonl"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await writeFile(source, (await sourced(chats)).join("\n"));
  await engine.tokenize(source, path);
  const counted = await runPython<{ tokens: number; trained: number }>(
    engineProgram("order_rows.py", [path, runConfig.seed, orderedPath]),
  );
  return { path, orderedPath, ...counted };
};

/** So many lines of the file, over and over if it has too few. */
export const readChats = async (count: number): Promise<string[]> => {
  const lines = (await readFile(chatsFile, "utf8")).trim().split("\n");
  return Array.from({ length: count }, (_, index) => lines[index % lines.length] ?? "");
};

/** With where each chat stands, as the engine wants to know. */
const sourced = async (count: number): Promise<string[]> =>
  (await readChats(count)).map((line, index) =>
    JSON.stringify({ ...JSON.parse(line), source: { name: "train.jsonl", line: index + 1 } }),
  );
