import type { Client } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { readAllPages } from "../../read-all-pages.ts";
import { formatBytes, formatDate } from "../../screen/formats.ts";
import { type Column, tableLines } from "../../screen/table.ts";
import type { Run, Session } from "../../session.ts";

type Backup = Awaited<ReturnType<Client["adapter"]["backups"]["query"]>>["backups"][number];

export const backupsCommand = (run: Run) =>
  createCommand("backups")
    .description("List the backups of the avatar, the newest first.")
    .action((_options, command) => run(command, listBackups));

const listBackups = async (session: Session): Promise<undefined> => {
  const { client, screen, signal } = session;
  const backups = await readAllPages(async (page) => {
    const answer = await client.adapter.backups.query({ ...session.avatar(), ...page }, { signal });
    return { rows: answer.backups, nextCursor: answer.nextCursor };
  });
  screen.print(...tableLines(backups, columns, screen));
  if (backups.length === 0) screen.note("No backups.");
  screen.json({ backups });
  return undefined;
};

const columns: Column<Backup>[] = [
  { title: "BACKUP", value: ({ id }) => id },
  { title: "VERSION", value: ({ version }) => version },
  { title: "SIZE", value: ({ bytes }) => formatBytes(bytes), align: "right" },
  { title: "BASE MODEL", value: ({ baseModel }) => baseModel },
  { title: "MADE", value: ({ createdAt }) => formatDate(createdAt) },
];
