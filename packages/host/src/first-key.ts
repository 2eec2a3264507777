import { randomUUID } from "node:crypto";
import { access, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import type { Logger, Store } from "@loraloom/store";
import { createFirstApiKey } from "@loraloom/store/access";

/**
 * Makes the first key, with which all others are made, where there is none yet, and says where it is.
 *
 * @throws LoraloomError `bad_configuration` when the file can't be written
 */
export const provideFirstKey = async (store: Store, keyFile: string): Promise<void> => {
  const isMade = await createFirstApiKey(
    store,
    { kind: "service", name: "first key", scopes: ["read", "write", "train", "admin"] },
    async (key) => {
      await keepEarlier(store.log, keyFile);
      await writeSecretFile(keyFile, `${key}\n`);
    },
  );
  if (isMade) store.log.info({ keyFile }, "the first API key was made; it is in keyFile");
  else await reportKeyFile(store.log, keyFile);
};

const reportKeyFile = async (log: Logger, keyFile: string): Promise<void> => {
  const isThere = await access(keyFile).then(
    () => true,
    () => false,
  );
  if (isThere) log.info({ keyFile }, "the first API key is in keyFile");
  else
    log.warn(
      { keyFile },
      "API keys exist and keyFile does not: use a key that you have kept, or one made with keys.create",
    );
};

/** A file that is there already holds the first key of another database, and may be the only place that has it. */
const keepEarlier = async (log: Logger, keyFile: string): Promise<void> => {
  const earlierKeyFile = `${keyFile}.${new Date().toISOString()}`;
  try {
    await rename(keyFile, earlierKeyFile);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw notWritable(keyFile, error);
  }
  log.warn(
    { keyFile, earlierKeyFile },
    "keyFile held the key of another database; it is in earlierKeyFile now",
  );
};

/** Whole or not at all, and never readable by others. */
const writeSecretFile = async (path: string, content: string): Promise<void> => {
  const unfinished = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeDurably(unfinished, content);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    if (isLoraloomError(error)) throw error;
    throw notWritable(path, error);
  }
};

const notWritable = (path: string, cause: unknown): LoraloomError =>
  new LoraloomError("bad_configuration", `LORALOOM_KEY_FILE='${path}' can't be written.`, { cause });

const writeDurably = async (path: string, content: string): Promise<void> => {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(content);
  await file.sync();
};
