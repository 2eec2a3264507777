import { isLoraloomError } from "@loraloom/errors";
import {
  type AvatarScope,
  avatarsPrefix,
  checkAvatarId,
  checkFolder,
  checkUserId,
  decodeSegment,
  encodeSegment,
  type FileKind,
  userFolderPrefix,
  usersPrefix,
} from "../keys/index.ts";
import { listFolders } from "../objects/index.ts";
import type { Store } from "../store.ts";

/** Every user that something in the store belongs to. */
export async function* storedUsers({ objects }: Store): AsyncGenerator<string> {
  for await (const segment of listFolders(objects, usersPrefix)) {
    const userId = idOf(segment, checkUserId);
    if (userId !== undefined) yield userId;
  }
}

/** Every avatar of a user that something in the store belongs to. */
export async function* storedAvatars({ objects }: Store, userId: string): AsyncGenerator<AvatarScope> {
  for await (const segment of listFolders(objects, avatarsPrefix(userId))) {
    const avatarId = idOf(segment, checkAvatarId);
    if (avatarId !== undefined) yield { userId, avatarId };
  }
}

/** A user's own folders beside his avatars. */
export async function* storedUserFolders({ objects }: Store, userId: string): AsyncGenerator<FileKind> {
  for await (const segment of listFolders(objects, userFolderPrefix(userId))) {
    const folder = unlessRefused(() => checkFolder(null, segment));
    if (folder !== undefined) yield folder;
  }
}

/** What another tool put under a name that nothing here can have is none of ours. */
const idOf = (segment: string, check: (id: string) => string): string | undefined => {
  const id = decodeSegment(segment);
  return encodeSegment(id) === segment ? unlessRefused(() => check(id)) : undefined;
};

const unlessRefused = <Value>(check: () => Value): Value | undefined => {
  try {
    return check();
  } catch (error) {
    if (isLoraloomError(error)) return undefined;
    throw error;
  }
};
