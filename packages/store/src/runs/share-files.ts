import { and, asc, eq, ne, or, sql } from "drizzle-orm";
import { prepared } from "../database/prepared.ts";
import { preparedQuery } from "../database/prepared-query.ts";
import { readAs, type Statement, sendTogether } from "../database/send-together.ts";
import { columnsOf, ofGivenScopes, scopeKey } from "../files/in-folder.ts";
import type { AvatarScope, FileKind } from "../keys/index.ts";
import { files } from "../tables/index.ts";
import type { RunConfig } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";
import { FilesUnsettled } from "./await-settled-files.ts";
import type { InputFile } from "./check-inputs.ts";

/** What a run is to read: whose files, and which by its config. */
export type Reading = { scope: AvatarScope; config: RunConfig };

/** A few are enough to name. */
const maxNames = 10;

/** The kinds of file that a run reads. */
const kindsOf = ({ evaluation }: RunConfig): FileKind[] =>
  evaluation.kind === "files" ? ["training_data", "evaluation_data"] : ["training_data"];

/**
 * The files that runs starting now read. Their rows can't change or go until the transaction ends.
 *
 * @returns gives those of one; throws FilesUnsettled while one of them is on its way
 */
export const shareSettledFiles = (
  tx: Transaction,
  readings: Reading[],
): Statement<(reading: Reading) => InputFile[]> => ({
  execute: async () => {
    const [shared, unsettled] = await sendTogether(
      tx,
      shareFiles(tx, readings),
      // Afterwards: while a row's lock was waited for its file may have been replaced.
      findUnsettled(tx, readings),
    );
    return ({ scope, config }) => {
      const kinds = kindsOf(config);
      const isRead = ({ kind }: { kind: FileKind }) => kinds.includes(kind);
      const names = (unsettled.get(scopeKey(scope)) ?? []).filter(isRead).map(({ name }) => name);
      if (names.length > 0) throw new FilesUnsettled(names);
      return (shared.get(scopeKey(scope)) ?? []).filter(isRead);
    };
  },
});

type ByAvatar<File> = Map<string, File[]>;

const shareFiles = (tx: Transaction, readings: Reading[]): Statement<ByAvatar<InputFile>> => {
  const kinds = [...new Set(readings.flatMap(({ config }) => kindsOf(config)))];
  const share = () => shareRows(tx).execute({ ...columnsOf(scopesOf(readings)), kinds });
  return readAs({ execute: share }, (shared) =>
    // Files beside all avatars are of no such scope.
    Map.groupBy(shared, ({ userId, avatarId }) => scopeKey({ userId, avatarId: avatarId ?? "" })),
  );
};

const shareRows = preparedQuery((db) =>
  db
    .select()
    .from(files)
    .where(
      and(
        ofGivenScopes(files),
        sql`${files.kind} = any(${sql.placeholder("kinds")}::text[])`,
        or(eq(files.kind, "evaluation_data"), eq(files.used, true)),
        ne(files.state, "deleting"),
      ),
    )
    // One order for all, so that two never wait for each other.
    .orderBy(asc(files.id))
    .for("share")
    .prepare("share-files"),
);

type Unsettled = AvatarScope & { kind: FileKind; name: string };

/** Of each avatar a few files of each kind: an upload on its way to its place, or a used one that is being inspected. */
const findUnsettled = (tx: Transaction, readings: Reading[]): Statement<ByAvatar<Unsettled>> => {
  const folders = scopesOf(readings).flatMap((scope) => inspectedKinds.map((kind) => ({ ...scope, kind })));
  const values = { ...columnsOf(folders), kinds: folders.map(({ kind }) => kind) };
  return readAs({ execute: () => selectUnsettled(tx, values) }, (rows) => Map.groupBy(rows, scopeKey));
};

const selectUnsettled = prepared<Unsettled>(
  "find-unsettled-files",
  sql`
    select folder.user_id as "userId", folder.avatar_id as "avatarId", folder.kind, unsettled.name
    from unnest(${sql.placeholder("userIds")}::text[], ${sql.placeholder("avatarIds")}::text[],
      ${sql.placeholder("kinds")}::text[]) as folder(user_id, avatar_id, kind),
    lateral (
      select name from uploads where user_id = folder.user_id and avatar_id = folder.avatar_id and kind = folder.kind
        and state = 'completing'
      union
      -- One that is left out of training holds nobody up.
      select name from files where user_id = folder.user_id and avatar_id = folder.avatar_id and kind = folder.kind
        and used and state = 'inspecting'
      limit ${sql.raw(`${maxNames}`)}
    ) as unsettled`,
);

const inspectedKinds = ["training_data", "evaluation_data"] as const;

/** Each once. */
const scopesOf = (readings: Reading[]): AvatarScope[] => [
  ...new Map(readings.map(({ scope }) => [scopeKey(scope), scope])).values(),
];
