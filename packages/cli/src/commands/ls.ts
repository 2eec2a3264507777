import { Option } from "@commander-js/extra-typings";
import type { StoredFile } from "@loraloom/client";
import { createCommand, examplesText } from "../command/create-command.ts";
import { parseWhole } from "../command/parse-values.ts";
import { UsageError } from "../failures/cli-error.ts";
import { detailLines } from "../file-details.ts";
import { hasFaults, usedWord } from "../file-report.ts";
import type { FileFolder } from "../folders/file-folder.ts";
import { evaluationOption, folderOption, openFolder } from "../folders/open-folder.ts";
import { readAllPages } from "../read-all-pages.ts";
import { formatBytes, formatCount, formatDate } from "../screen/formats.ts";
import type { Screen } from "../screen/screen.ts";
import { type Column, tableLines } from "../screen/table.ts";
import type { Run, Session } from "../session.ts";

const mostRows = 200;
const orders = { name: "name", size: "size", created: "createdAt", updated: "updatedAt" } as const;

const examples = [
  ["loraloom ls", "the training files of LORALOOM_AVATAR"],
  ["loraloom ls chats.jsonl", "all that is known of one: its rows, tokens, faults and warnings"],
  ["loraloom ls --unused --prefix 2026-", "those of 2026 that training leaves out"],
  ["loraloom ls --sort size --desc --all", "every file, the largest first"],
  ["loraloom ls --all --json | jq -r '.files[] | select(.report.faultCount > 0).name'", "names with faults"],
] as const;

export const lsCommand = (run: Run) =>
  createCommand("ls")
    .summary("List files, with what is in them.")
    .description("List files, with what is in them. With names: all that is known of these.")
    .argument("[names...]", "files; a page of all of them unless given")
    .addOption(evaluationOption())
    .addOption(folderOption())
    .addOption(new Option("--used", "only files that training uses").conflicts("unused"))
    .option("--unused", "only files that training leaves out")
    .option("--prefix <text>", "only names that begin so")
    .addOption(
      new Option("--sort <order>", "what to sort by").choices(namesOf(orders)).default("name" as const),
    )
    .option("--desc", "the other way round")
    .option("--limit <n>", "files on a page", parseWhole({ min: 1, max: mostRows }), 50)
    .option("--cursor <cursor>", "the page after the one that gave this cursor")
    .option("--all", "every page")
    .addHelpText("after", examplesText(examples))
    .action((names, options, command) =>
      run(command, (session) =>
        names.length > 0 ? showFiles(session, names, options) : listFiles(session, options),
      ),
    );

type LsOptions = {
  used?: true;
  unused?: true;
  prefix?: string;
  sort: keyof typeof orders;
  desc?: true;
  limit: number;
  cursor?: string;
  all?: true;
  evaluation?: true;
  folder?: string;
};

const listFiles = async (session: Session, options: LsOptions): Promise<undefined> => {
  const { screen } = session;
  const page = await readPages(openFolder(session, options), options);
  screen.print(...tableLines(page.files, columns(screen), screen));
  if (page.files.length === 0) screen.note("No files.");
  if (page.nextCursor) screen.note(`There are more: --all, or --cursor '${page.nextCursor}'`);
  screen.json(page);
  return undefined;
};

const showFiles = async (session: Session, names: string[], options: LsOptions): Promise<undefined> => {
  const { used, unused, prefix, cursor, all } = options;
  if (used || unused || prefix !== undefined || cursor !== undefined || all) {
    throw new UsageError("Give names, or say which files to list, and not both.");
  }
  const { screen } = session;
  const folder = openFolder(session, options);
  const files: StoredFile[] = [];
  for (const name of names) {
    const file = await folder.get(name);
    screen.print(...(files.length > 0 ? [""] : []), ...detailLines(file, screen));
    files.push(file);
  }
  screen.json({ files, nextCursor: null });
  return undefined;
};

type Page = { files: StoredFile[]; nextCursor: string | null };

const readPages = async (folder: FileFolder, options: LsOptions): Promise<Page> => {
  const { prefix, sort, desc = false, all, limit, cursor } = options;
  const query = { filter: filterOf(options), prefix, sort: orders[sort], descending: desc };
  if (!all) return folder.list({ ...query, cursor, limit });
  const files = await readAllPages(async (page) => {
    const { files: rows, nextCursor } = await folder.list({ ...query, ...page });
    return { rows, nextCursor };
  });
  return { files, nextCursor: null };
};

const filterOf = ({ used, unused }: LsOptions): "all" | "used" | "unused" => {
  if (used) return "used";
  return unused ? "unused" : "all";
};

const columns = ({ colors }: Screen): Column<StoredFile>[] => [
  { title: "NAME", value: ({ name }) => name },
  { title: "SIZE", value: ({ size }) => formatBytes(size), align: "right", yields: true },
  { title: "USED", value: usedWord, style: (text, file) => (file.useForTraining ? text : colors.dim(text)) },
  { title: "FORMAT", value: formatWord },
  { title: "ROWS", value: ({ report }) => (report ? formatCount(report.rows) : "-"), align: "right" },
  { title: "TOKENS", value: tokensWord, align: "right" },
  {
    title: "FAULTS",
    value: ({ report }) => (report ? formatCount(report.faultCount) : "-"),
    align: "right",
    style: (text, file) => (hasFaults(file) ? colors.red(text) : text),
  },
  {
    title: "WARNINGS",
    value: ({ report }) => (report ? formatCount(report.warningCount) : "-"),
    align: "right",
    style: (text, { report }) => (report?.warningCount ? colors.yellow(text) : text),
  },
  { title: "UPDATED", value: ({ updatedAt }) => formatDate(updatedAt), style: colors.dim, yields: true },
];

/** `-` until a worker has counted them. */
const tokensWord = ({ report }: StoredFile): string =>
  report?.tokens ? formatCount(report.tokens.total) : "-";

const formatWord = ({ state, report }: StoredFile): string =>
  state === "inspecting" ? "(inspecting)" : (report?.format ?? "-");

function namesOf<Name extends string>(record: Record<Name, string>): Name[] {
  return Object.keys(record) as Name[];
}
