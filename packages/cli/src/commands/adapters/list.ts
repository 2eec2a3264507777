import type { Client } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { readAllPages } from "../../read-all-pages.ts";
import { formatDate } from "../../screen/formats.ts";
import { type Column, tableLines } from "../../screen/table.ts";
import type { Run, Session } from "../../session.ts";

type Adapter = Awaited<ReturnType<Client["adapter"]["get"]["query"]>>;

export const listCommand = (run: Run) =>
  createCommand("list")
    .description("List the adapters of the user.")
    .action((_options, command) => run(command, listAdapters));

const listAdapters = async ({ client, screen, signal, user }: Session): Promise<undefined> => {
  const adapters = await readAllPages(async (page) => {
    const answer = await client.adapter.list.query({ ...user, ...page }, { signal });
    return { rows: answer.adapters, nextCursor: answer.nextCursor };
  });
  screen.print(...tableLines(adapters, columns, screen));
  if (adapters.length === 0) screen.note("No adapters.");
  screen.json({ adapters });
  return undefined;
};

const columns: Column<Adapter>[] = [
  { title: "AVATAR", value: ({ avatarId }) => avatarId },
  { title: "CURRENT VERSION", value: ({ currentVersion }) => currentVersion ?? "-" },
  { title: "BASE MODEL", value: ({ baseModel }) => baseModel },
  { title: "UPDATED", value: ({ updatedAt }) => formatDate(updatedAt) },
];
