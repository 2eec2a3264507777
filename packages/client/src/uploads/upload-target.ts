import type { UploadTarget } from "./upload-calls.ts";

/** The folders that an avatar has. */
export type AvatarFolder =
  | "training_data"
  | "evaluation_data"
  | "vectorstore_data"
  | "media/audio"
  | "media/original/video"
  | "media/original/text"
  | "media/original/audio"
  | "media/original/images";

export type Owner = {
  avatarId: string;
  /** Whose avatar; service keys must name the user. */
  userId?: string;
};

/** Where files go: a folder of an avatar, `training_data` unless given, or one of a user beside his avatars. */
export type Place =
  | (Owner & { folder?: AvatarFolder })
  | { avatarId?: undefined; userId?: string; folder: "image" | "vectorstore" | (string & {}) };

/** Of a folder the procedures' own word for it. */
export const targetOf = ({ avatarId, userId, folder = "training_data" }: Place): UploadTarget => {
  const user = userId === undefined ? {} : { userId };
  if (avatarId === undefined) return { folder, ...user };
  return isDataset(folder) ? { kind: folder, avatarId, ...user } : { folder, avatarId, ...user };
};

const isDataset = (folder: string): folder is "training_data" | "evaluation_data" =>
  folder === "training_data" || folder === "evaluation_data";
