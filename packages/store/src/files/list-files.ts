import { LoraloomError } from "@loraloom/errors";
import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import { type PageRequest, pageOf } from "../page.ts";
import type { Store } from "../store.ts";
import { type FileKind, files } from "../tables/index.ts";
import { ofAvatar } from "./of-avatar.ts";
import { type StoredFile, visibleIn } from "./stored-file.ts";

export type FileFilter = "all" | "used" | "unused";
export type ListFilesInput = PageRequest & {
  kind: FileKind;
  filter: FileFilter;
  prefix?: string | undefined;
};

/**
 * One page of an avatar's files in the order of their names' bytes.
 *
 * @throws LoraloomError `bad_input` for a cursor that is none of ours
 */
export const listFiles = async (
  store: Store,
  scope: AvatarScope,
  { kind, filter, prefix, cursor, limit }: ListFilesInput,
): Promise<{ files: StoredFile[]; nextCursor: string | null }> => {
  const found = await store.db
    .select()
    .from(files)
    .where(
      and(
        visibleIn(scope, kind),
        filter === "all" ? undefined : eq(files.used, filter === "used"),
        prefix ? sql`starts_with(${files.name}, ${prefix.normalize("NFC")})` : undefined,
        cursor ? gt(files.name, nameOfCursor(cursor)) : undefined,
      ),
    )
    .orderBy(asc(files.name))
    .limit(limit + 1);
  const { page, nextCursor } = pageOf(found, limit, ({ name }) => cursorOf(name));
  return { files: page, nextCursor };
};

const cursorOf = (name: string): string => Buffer.from(name).toString("base64url");

const nameOfCursor = (cursor: string): string => {
  const name = Buffer.from(cursor, "base64url").toString();
  if (cursorOf(name) === cursor && !name.includes("\0")) return name;
  throw new LoraloomError(
    "bad_input",
    `${JSON.stringify(cursor.slice(0, 80))} is not a cursor of this list.`,
  );
};

export type KindSummary = {
  count: number;
  bytes: number;
  used: number;
  unused: number;
  /** Files with at least one fault in their report. */
  withFaults: number;
};

/** What an avatar has, per kind. */
export const summarizeFiles = async (
  store: Store,
  scope: AvatarScope,
): Promise<Record<FileKind, KindSummary>> => {
  const counted = await store.db
    .select({
      kind: files.kind,
      count: sql<number>`count(*)::int`,
      bytes: sql<number>`sum(${files.size})::float8`,
      used: sql<number>`(count(*) filter (where ${files.used}))::int`,
      unused: sql<number>`(count(*) filter (where not ${files.used}))::int`,
      withFaults: sql<number>`(count(*) filter (where (${files.report}->>'faultCount')::int > 0))::int`,
    })
    .from(files)
    .where(and(ofAvatar(files, scope), sql`${files.state} <> 'deleting'`))
    .groupBy(files.kind);
  const of = (kind: FileKind): KindSummary => {
    const { kind: _, ...summary } = counted.find((row) => row.kind === kind) ?? { kind, ...nothing };
    return summary;
  };
  return { training_data: of("training_data"), evaluation_data: of("evaluation_data") };
};

const nothing: KindSummary = { count: 0, bytes: 0, used: 0, unused: 0, withFaults: 0 };
