import type { AvatarFolder, Client, StoredFile } from "@loraloom/client";

type Data = Client["trainingData"];
type Answer<Call extends (...args: never[]) => Promise<unknown>> = Awaited<ReturnType<Call>>;

export type ListQuery = Pick<
  Parameters<Data["list"]["query"]>[0],
  "filter" | "prefix" | "sort" | "descending" | "cursor" | "limit"
>;

export type Flag = { name: string; useForTraining: boolean };

/** What `deleteUnflagged` deleted or, as a dry run, found. */
export type Unflagged = Answer<Data["deleteUnflagged"]["mutate"]>;

/** What other tools had done to a folder. */
export type Synced = Answer<Data["sync"]["mutate"]>;

/** What `erase` found. */
export type Erased = Answer<Data["erase"]["mutate"]>;

/** A folder as uploads name it: of an avatar, or of a user. */
export type Place =
  | { avatarId: string; userId?: string; folder: AvatarFolder }
  | { userId?: string; folder: string };

/** The calls about one folder, whichever it is. */
export type FileFolder = {
  place: Place;
  list: (query: ListQuery) => Promise<{ files: StoredFile[]; nextCursor: string | null }>;
  get: (name: string) => Promise<StoredFile>;
  setFlags: (flags: Flag[]) => Promise<{ changed: number; names: string[] }>;
  deleteMany: (names: string[]) => Promise<{ deleted: number }>;
  deleteUnflagged: (dryRun: boolean) => Promise<Unflagged>;
  sync: () => Promise<Synced>;
  /** Deletes what runs have kept of a file too. */
  erase: (name: string) => Promise<Erased>;
};
