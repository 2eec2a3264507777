/** What a page does with the client. */
import { createClient, isLoraloomError } from "@loraloom/client";

const scope = { userId: "ada", avatarId: "mia" };

/** Uploads a file that was picked in the page, then changes its flag. */
export const uploadFromPage = async (url: string, apiKey: string) => {
  const client = createClient({ url, apiKey });
  const file = new File(
    ['{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}\n'],
    "page.jsonl",
  );
  const loaded: number[] = [];
  const onProgress = (progress: { loaded: number }) => loaded.push(progress.loaded);
  const stored = await client.uploadTrainingData(file, { ...scope, useForTraining: false, onProgress });
  const flagged = await client.trainingData.setFlag.mutate({
    ...scope,
    name: stored.name,
    useForTraining: true,
  });
  return {
    size: file.size,
    lastLoaded: loaded.at(-1),
    before: stored.useForTraining,
    after: flagged.useForTraining,
  };
};

/** Watches a run, cancelling it at its first event. */
export const watchFromPage = async (url: string, apiKey: string) => {
  const client = createClient({ url, apiKey });
  await client.adapter.create.mutate(scope);
  const run = await client.train.start.mutate({ ...scope, evaluation: "none" });
  const events: string[] = [];
  for await (const event of client.watchRun({ ...scope, runId: run.id })) {
    events.push(event.type);
    if (event.seq === 1) await client.train.cancel.mutate({ ...scope, runId: run.id });
  }
  return events;
};

/** A path means nothing in a page. */
export const uploadPathFromPage = async (url: string, apiKey: string) => {
  try {
    await createClient({ url, apiKey }).uploadTrainingData("chats.jsonl", scope);
    return "uploaded";
  } catch (error) {
    return isLoraloomError(error, "bad_input") ? error.message : String(error);
  }
};
