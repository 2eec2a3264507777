import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "@loraloom/testkit";

const readmeUrl = "http://127.0.0.1:4710";

/** The TypeScript example of the repository's README, letter by letter, for a server at another address. */
export const readReadmeExample = async (url: string): Promise<string> => {
  const readme = await readFile(join(repositoryRoot, "README.md"), "utf8");
  const [block, ...others] = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)];
  const code = block?.[1];
  if (!code || others.length > 0) throw new Error("README.md holds no TypeScript example, or several.");
  if (code.split(readmeUrl).length !== 2) throw new Error(`The example does not name ${readmeUrl} once.`);
  return code.replace(readmeUrl, url);
};

/** The chats that the README gives the example. */
export const readmeChats = join(repositoryRoot, "examples/persona/train.jsonl");
