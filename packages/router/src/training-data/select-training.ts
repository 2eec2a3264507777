import { LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import { findFiles, listFiles, type StoredFile } from "@loraloom/store/files";
import type { AvatarScope } from "@loraloom/store/keys";
import { z } from "zod";
import { soughtNames } from "../files/file-schemas.ts";

/** More only where an avatar may have more; fewer never, as other tools may have put them there. */
const usualFiles = 10_000;

type Filter = "all" | "used" | "unused";

/** Which training files a call is about: those of these names, else those of a filter. */
export const choiceShape = {
  names: soughtNames.optional(),
  /** Left out: the files that are used. */
  filter: z.enum(["all", "used", "unused"]).optional(),
};

type Choice = { names?: string[] | undefined; filter?: Filter | undefined };

/** @throws LoraloomError `bad_input`, `file_not_found`, `too_large` */
export const selectTraining = async (
  store: Store,
  avatar: AvatarScope,
  { names, filter }: Choice,
): Promise<StoredFile[]> => {
  if (!names) return allFiles(store, avatar, { kind: "training_data", filter: filter ?? "used" });
  if (filter) throw new LoraloomError("bad_input", "Give names or filter, and not both.");
  return findFiles(store.db, { ...avatar, kind: "training_data" }, names);
};

/** @throws LoraloomError `too_large` */
export const allFiles = async (
  store: Store,
  avatar: AvatarScope,
  { kind, filter }: { kind: "training_data" | "evaluation_data"; filter: Filter },
): Promise<StoredFile[]> => {
  const mostFiles = Math.max(usualFiles, store.limits.filesPerAvatar);
  const { files, nextCursor } = await listFiles(store, avatar, { kind, filter, limit: mostFiles });
  if (nextCursor === null) return files;
  throw new LoraloomError("too_large", `There are more than ${mostFiles} files; name those that are meant.`);
};
