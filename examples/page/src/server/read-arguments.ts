import { parseArgs } from "node:util";

const options = {
  user: { type: "string", default: "demo" },
  // Not the demo's avatar: what is dropped here would be trained on there as well.
  avatar: { type: "string", default: "my-avatar" },
  port: { type: "string", default: "4720" },
} as const;

export type PageArguments = { userId: string; avatarId: string; port: number };

/** Whose avatar the page opens, and where it is served. @throws TypeError for an option that there is not */
export const readArguments = (args: string[]): PageArguments => {
  const { user, avatar, port } = parseArgs({ args, options }).values;
  return { userId: user, avatarId: avatar, port: Number(port) };
};
