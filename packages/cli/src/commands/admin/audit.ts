import { Option } from "@commander-js/extra-typings";
import type { Client } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { parseMoment, parseWhole } from "../../command/parse-values.ts";
import { formatDate } from "../../screen/formats.ts";
import { type Column, tableLines } from "../../screen/table.ts";
import type { Run, Session } from "../../session.ts";

export const auditCommand = (run: Run) =>
  createCommand("audit")
    .description("Show who changed what, the newest first; with --user only what was changed of that user's.")
    .option("--all", "of every user, whatever --user says")
    .option("--key <id>", "only changes made with this key")
    .option("--action <action>", "only this kind of change, such as file-deleted", toAction)
    .option("--from <date>", "only since this date, or so many days ago, such as 7d", parseMoment)
    .option("--to <date>", "only before this date", parseMoment)
    .addOption(
      new Option("--limit <n>", "most entries").argParser(parseWhole({ min: 1, max: 200 })).default(50),
    )
    .action((options, command) => run(command, (session) => showAudit(session, options)));

type Action = NonNullable<NonNullable<Parameters<Client["admin"]["audit"]["query"]>[0]>["action"]>;
/** Which there are the service knows, and says. */
const toAction = (word: string): Action => word as Action;

type AuditOptions = { all?: true; key?: string; action?: Action; from?: Date; to?: Date; limit: number };
type Entry = Awaited<ReturnType<Client["admin"]["audit"]["query"]>>["entries"][number];

const showAudit = async (session: Session, options: AuditOptions) => {
  const { client, screen, signal } = session;
  const { all, key: keyId, action, from, to, limit } = options;
  const user = all ? {} : session.user;
  const page = await client.admin.audit.query({ ...user, keyId, action, from, to, limit }, { signal });
  screen.print(...tableLines(page.entries, columns, screen));
  if (page.entries.length === 0) screen.note("No entries.");
  if (page.nextCursor !== null)
    screen.note(`There are older entries: ask with --to ${page.entries.at(-1)?.at.toISOString()}`);
  screen.json(page);
  return undefined;
};

const columns: Column<Entry>[] = [
  { title: "AT", value: ({ at }) => formatDate(at) },
  { title: "ACTION", value: ({ action }) => action },
  { title: "SUBJECT", value: ({ subject }) => subject ?? "-" },
  { title: "USER", value: ({ userId }) => userId ?? "-" },
  { title: "AVATAR", value: ({ avatarId }) => avatarId ?? "-" },
  { title: "BY", value: ({ callerUserId }) => callerUserId ?? "-" },
  { title: "KEY", value: ({ keyId }) => keyId ?? "-" },
];
