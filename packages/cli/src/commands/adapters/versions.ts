import type { Client } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { holderLines } from "../../holders.ts";
import { readAllPages } from "../../read-all-pages.ts";
import { formatBytes, formatDate, formatLoss } from "../../screen/formats.ts";
import type { Screen } from "../../screen/screen.ts";
import { type Column, tableLines } from "../../screen/table.ts";
import type { Run, Session } from "../../session.ts";

type Version = Awaited<ReturnType<Client["adapter"]["versions"]["query"]>>["versions"][number];

export const versionsCommand = (run: Run) =>
  createCommand("versions")
    .description("List the versions of the avatar's adapter, the newest first.")
    .option(
      "--with <file>",
      "only those that hold what this training file teaches, of any avatar of the user",
    )
    .action((options, command) =>
      run(command, (session) =>
        options.with === undefined ? listVersions(session) : listHolders(session, options.with),
      ),
    );

const listVersions = async (session: Session): Promise<undefined> => {
  const { client, screen, signal } = session;
  const versions = await readAllPages(async (page) => {
    const answer = await client.adapter.versions.query({ ...session.avatar(), ...page }, { signal });
    return { rows: answer.versions, nextCursor: answer.nextCursor };
  });
  screen.print(...tableLines(versions, columns(screen), screen));
  if (versions.length === 0) screen.note("No versions.");
  screen.json({ versions });
  return undefined;
};

const listHolders = async (session: Session, name: string): Promise<undefined> => {
  const { client, screen, signal } = session;
  const holders = await client.trainingData.versionsWith.query({ ...session.avatar(), name }, { signal });
  screen.print(...holderLines(holders, screen));
  screen.json(holders);
  return undefined;
};

const columns = ({ colors }: Screen): Column<Version>[] => [
  { title: "VERSION", value: ({ id }) => id },
  {
    title: "STATE",
    value: ({ state }) => state,
    style: (text, { state }) => (state === "current" ? colors.green(text) : text),
  },
  { title: "KIND", value: ({ kind }) => kind },
  { title: "HELD-OUT LOSS", value: lossesOf },
  { title: "STEPS", value: ({ metrics }) => String(metrics.steps), align: "right" },
  { title: "SIZE", value: sizeOf, align: "right" },
  { title: "MADE", value: ({ createdAt }) => formatDate(createdAt), style: colors.dim },
];

const lossesOf = ({ metrics: { heldOutBefore, heldOutAfter } }: Version): string =>
  heldOutBefore === null || heldOutAfter === null
    ? "-"
    : `${formatLoss(heldOutBefore)} → ${formatLoss(heldOutAfter)}`;

const sizeOf = ({ files }: Version): string => formatBytes(files.reduce((sum, { size }) => sum + size, 0));
