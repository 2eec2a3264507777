/** A page onto which files are dropped; what became of them is read from `outcomes` and `progress`. */
import { createClient } from "../../src/index.ts";

export type Dropped = { name: string | undefined; size?: number; code?: string };
export const outcomes: Dropped[] = [];
/** Share of each file that has left, by its name. */
export const progress: Record<string, number> = {};

/** Takes files as soon as they are dropped onto the page. */
export const takeDrops = (url: string, apiKey: string): void => {
  const client = createClient({ url, apiKey });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    await client.uploadFiles(event.dataTransfer?.files ?? [], {
      userId: "ada",
      avatarId: "mia",
      onProgress: ({ name = "", loaded, total }) => {
        progress[name] = loaded / total;
      },
      onOutcome: ({ name, file, error }) =>
        outcomes.push({ name, ...(file ? { size: file.size } : codeOf(error)) }),
    });
  });
};

const codeOf = (error: unknown): { code: string } => ({
  code: error instanceof Error && "code" in error ? String(error.code) : String(error),
});
