/** What a user's project does with the client; prints what came of it as one JSON line. */
import { createReadStream } from "node:fs";
import { createClient, isLoraloomError, type RunEvent } from "@loraloom/client";

const [path = ""] = process.argv.slice(2);
const { LORALOOM_URL = "", LORALOOM_KEY = "" } = process.env;
const client = createClient({ url: LORALOOM_URL, apiKey: LORALOOM_KEY });
const scope = { userId: "ada", avatarId: "mia" };

const progress: number[] = [];
const onProgress = ({ loaded, total }: { loaded: number; total: number }) => progress.push(loaded / total);
const uploaded = await client.uploadTrainingData(path, { ...scope, useForTraining: true, onProgress });
const streamed = await client.uploadTrainingData(createReadStream(path), {
  ...scope,
  name: "streamed.jsonl",
  useForTraining: false,
});
const heldOut = await client.uploadEvaluationData(new Blob(["{}\n"]), { ...scope, name: "held-out.jsonl" });
const flagged: boolean | null = streamed.useForTraining;

await client.adapter.create.mutate(scope);
const run = await client.train.start.mutate({ ...scope, evaluation: "none" });
const events: RunEvent["type"][] = [];
for await (const event of client.watchRun({ ...scope, runId: run.id })) {
  events.push(event.type);
  if (event.seq === 1) await client.train.cancel.mutate({ ...scope, runId: run.id });
}

const codeOf = (error: unknown) => (isLoraloomError(error, "run_not_found") ? error.code : String(error));
const otherId = run.id.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
const unknownRun = await client.train.get.query({ ...scope, runId: otherId }).catch(codeOf);

console.log(
  JSON.stringify({
    files: [uploaded.name, streamed.name, heldOut.name],
    progress: [progress.at(0), progress.at(-1)],
    flagged,
    createdAt: run.createdAt instanceof Date,
    events,
    unknownRun,
  }),
);
