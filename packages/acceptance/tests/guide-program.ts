import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "@loraloom/testkit";
import { execa } from "execa";

const guideUrl = "http://127.0.0.1:4710";

/** Runs the TypeScript of a page of `docs/` as one program, for a service at another address; gives what it prints. */
export const runGuide = async (
  page: string,
  { url, apiKey }: { url: string; apiKey: string },
): Promise<string> => {
  const text = await readFile(join(repositoryRoot, "docs", page), "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  const program = blocks.join("\n");
  if (!program.includes(guideUrl)) throw new Error(`The program of ${page} does not name ${guideUrl}.`);
  const args = ["--input-type=module-typescript", "--eval", program.replace(guideUrl, url)];
  // From here the program finds the client.
  const cwd = join(import.meta.dirname, "..");
  const { stdout } = await execa(process.execPath, args, { cwd, env: { LORALOOM_API_KEY: apiKey } });
  return stdout;
};
