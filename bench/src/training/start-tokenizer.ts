import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { python, repositoryRoot } from "../repository.ts";

const program = join(repositoryRoot, "bench", "tokenizer_rate.py");

export type Tokenizer = AsyncDisposable & {
  /** Encodes every chat of the file once, one after the other. */
  encodeAll: () => Promise<{ seconds: number; tokens: number }>;
};

/** The base's tokenizer in a process of its own, that holds a file's chats as texts. */
export const startTokenizer = async (basePath: string, file: string): Promise<Tokenizer> => {
  const child = spawn(python, [program, basePath, file], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: process.env.PATH ?? "", HF_HUB_OFFLINE: "1" },
  });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    encodeAll: async () => {
      child.stdin.write("\n");
      const { value, done } = await lines.next();
      if (done) throw new Error("The tokenizer's process has ended; what it said stands above.");
      return JSON.parse(value);
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
};
