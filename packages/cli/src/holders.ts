import type { Client } from "@loraloom/client";
import type { Screen } from "./screen/screen.ts";
import { type Column, tableLines } from "./screen/table.ts";

/** Versions and backups that hold what a file teaches. */
export type Holders = Awaited<ReturnType<Client["trainingData"]["versionsWith"]["query"]>>;

type Row = { what: "version" | "backup"; id: string; avatarId: string; how: string };

/** A line for each. */
export const holderLines = ({ versions, backups }: Holders, screen: Screen): string[] => {
  const rows = [
    ...versions.map((version): Row => ({ ...version, what: "version", id: version.version })),
    ...backups.map((backup): Row => ({ ...backup, what: "backup", id: backup.backup })),
  ];
  return tableLines(rows, columns, screen);
};

const columns: Column<Row>[] = [
  { title: "ID", value: ({ id }) => id },
  { title: "WHAT", value: ({ what }) => what },
  { title: "AVATAR", value: ({ avatarId }) => avatarId },
  { title: "HOW", value: ({ how }) => how },
];
