import { createCommand } from "../command/create-command.ts";
import { agreeTo } from "../screen/ask.ts";
import { plural } from "../screen/formats.ts";
import type { Run, Session } from "../session.ts";

export const labelCommand = (run: Run) =>
  createCommand("label")
    .description("Name a run otherwise, or give it other tags. What it trains with never changes.")
    .argument("<run>", "a run's id")
    .option("--name <name>", "its name; an empty one takes it away")
    .option("--tag <tag...>", "its tags, in place of those that it has")
    .option("--no-tags", "take all tags away")
    .action((runId, options, command) => run(command, (session) => labelRun(session, runId, options)));

export const deleteCommand = (run: Run) =>
  createCommand("delete")
    .description("Delete ended runs with their events, figures, frozen rows and logs. Versions stay.")
    .argument("<runs...>", "ids of runs")
    .option("-y, --yes", "don't ask")
    .action((ids, options, command) => run(command, (session) => deleteRuns(session, ids, options)));

type Labels = { name?: string; tag?: string[]; tags: boolean };

const labelRun = async (session: Session, runId: string, options: Labels): Promise<undefined> => {
  const { client, screen, signal } = session;
  const name = options.name === "" ? null : options.name;
  const tags = options.tags ? options.tag : [];
  const labelled = await client.train.update.mutate({ ...session.avatar(), runId, name, tags }, { signal });
  screen.print([labelled.id, labelled.name ?? "without a name", ...labelled.tags].join("  "));
  screen.json(labelled);
  return undefined;
};

const deleteRuns = async (session: Session, ids: string[], options: { yes?: true }): Promise<undefined> => {
  const { client, screen, signal } = session;
  const scope = session.avatar();
  await agreeTo(`Delete ${plural(ids.length, "run")} of '${scope.avatarId}'?`, session, options);
  for (const runId of ids) {
    await client.train.delete.mutate({ ...scope, runId }, { signal });
    screen.print(`deleted ${runId}`);
  }
  screen.json({ deleted: ids });
  return undefined;
};
