import { execFile } from "node:child_process";
import { chown, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { LoraloomError } from "@loraloom/errors";
import { baseEnvironment } from "./base-environment.ts";
import type { Command } from "./part.ts";

/**
 * As whom Postgres runs, because it refuses root: as ourselves; as root behind a user namespace in which we
 * are somebody else; or as an account without rights that owns the data.
 */
export type PostgresUser =
  | { kind: "self" }
  | { kind: "namespace" }
  | { kind: "unprivileged"; uid: number; gid: number };

const run = promisify(execFile);
const namespaceArguments = ["--user", "--map-user=1000", "--map-group=1000"];

/**
 * Chooses a way that works here.
 *
 * @param folder the data's folder, which an account without rights must be able to reach
 * @param postgresFolder where Postgres' binaries lie
 * @throws LoraloomError `bad_configuration` when there is none; names DATABASE_URL
 */
export const choosePostgresUser = async (folder: string, postgresFolder: string): Promise<PostgresUser> => {
  if (process.getuid?.() !== 0) return { kind: "self" };
  if (await isNamespaceAllowed()) return { kind: "namespace" };
  return chooseUnprivileged(folder, postgresFolder);
};

const isNamespaceAllowed = async (): Promise<boolean> => {
  try {
    await run("unshare", [...namespaceArguments, "true"]);
    return true;
  } catch {
    // Refused by the kernel or a container's seccomp profile, or no such program: all mean the same here.
    return false;
  }
};

/** The account `nobody`, if it can run the binaries and reach the folder. */
export const chooseUnprivileged = async (folder: string, postgresFolder: string): Promise<PostgresUser> => {
  try {
    const uid = Number((await run("id", ["-u", "nobody"])).stdout);
    const gid = Number((await run("id", ["-g", "nobody"])).stdout);
    const options = { uid, gid, cwd: join(folder, ".."), env: baseEnvironment() };
    await run(join(postgresFolder, "postgres"), ["--version"], options);
    return { kind: "unprivileged", uid, gid };
  } catch (cause) {
    throw new LoraloomError(
      "bad_configuration",
      "Postgres refuses to run as root, and here neither a user namespace nor the account 'nobody' can run it. " +
        "Run as an ordinary user, or set DATABASE_URL to a Postgres of yours.",
      { cause },
    );
  }
};

/** The command as that user. */
export const runAs = (user: PostgresUser, command: Command): Command => {
  if (user.kind === "self") return command;
  if (user.kind === "unprivileged") return { ...command, uid: user.uid, gid: user.gid };
  return { ...command, file: "unshare", args: [...namespaceArguments, command.file, ...command.args] };
};

/** Gives the folder and everything in it to that user, where an earlier start left it to another one. */
export const ownFolder = async (user: PostgresUser, folder: string): Promise<void> => {
  if (user.kind === "self") return;
  const { uid, gid } = user.kind === "unprivileged" ? user : { uid: 0, gid: 0 };
  if ((await lstat(folder)).uid === uid) return;
  const entries = await readdir(folder, { recursive: true });
  for (const entry of entries) await chown(join(folder, entry), uid, gid);
  // Last, because the folder's owner says whether all of this is done.
  await chown(folder, uid, gid);
};
