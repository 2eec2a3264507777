/** Each of these must not compile: it holds the types of the package to be types, not `any`. */
import type { Client } from "@loraloom/client";

export const wrongUse = async (client: Client) => {
  // @ts-expect-error an avatar must be named
  await client.train.start.mutate({});
  // @ts-expect-error no such procedure
  await client.train.begin.mutate({ avatarId: "mia" });
  // @ts-expect-error held-out files have no flag
  await client.uploadEvaluationData("a.jsonl", { avatarId: "mia", useForTraining: true });
  // @ts-expect-error a run has no such field
  (await client.train.get.query({ avatarId: "mia", runId: "01" })).colour;
  for await (const event of client.watchRun({ avatarId: "mia", runId: "01" })) {
    // @ts-expect-error no such event
    if (event.type === "run-evaporated") return;
  }
};
