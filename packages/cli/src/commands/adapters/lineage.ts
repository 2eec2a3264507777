import type { Client } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { fieldLines } from "../../screen/fields.ts";
import type { Run, Session } from "../../session.ts";

type Lineage = Awaited<ReturnType<Client["adapter"]["lineage"]["query"]>>;

export const lineageCommand = (run: Run) =>
  createCommand("lineage")
    .description("Show what a version learned from, which versions it came from, and which came from it.")
    .argument("[version]", "a version; the current one unless given")
    .action((version, _options, command) => run(command, (session) => showLineage(session, version)));

const showLineage = async (session: Session, version: string | undefined): Promise<undefined> => {
  const { client, screen, signal } = session;
  const lineage = await client.adapter.lineage.query({ ...session.avatar(), version }, { signal });
  screen.print(...fieldLines(fieldsOf(lineage), screen));
  screen.json(lineage);
  return undefined;
};

const fieldsOf = (lineage: Lineage): [string, string][] => [
  ["version", lineage.version],
  ["run", lineage.runId],
  ...(lineage.restoredFrom
    ? [["restored from backup", lineage.restoredFrom] satisfies [string, string]]
    : []),
  ...lineage.inputs.map(inputField),
  ...lineage.ancestors.map((ancestor): [string, string] => [ancestor.how, `from ${relativeWords(ancestor)}`]),
  ...lineage.descendants.map((child): [string, string] => [child.how, `to ${relativeWords(child)}`]),
  ...lineage.backups.map((backup): [string, string] => ["backup", backup]),
];

const inputField = ({ name, role }: Lineage["inputs"][number]): [string, string] => [
  role === "train" ? "learned from" : "measured on",
  name,
];

const relativeWords = ({ version, avatarId }: Lineage["descendants"][number]): string =>
  avatarId === null ? version : `${version} of ${avatarId}`;
