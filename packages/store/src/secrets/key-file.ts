import { createHmac } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { LoraloomError } from "@loraloom/errors";
import { decrypt, encrypt, keyBytes } from "./cipher.ts";
import type { MasterKeys } from "./master-keys.ts";

const keyPattern = /^[A-Za-z0-9+/]{43}=$/;
const wrapContext = "loraloom data key";
const macContext = "loraloom message authentication";

type Key = { id: string; bytes: Buffer };
type Keys = [current: Key, ...older: Key[]];

/**
 * Master keys in a file: 32 bytes in base64 a line, the current one first, `#` before a remark. It is read at each use,
 * so that keys are changed without a restart. A key's id is made of the key itself: no line can be taken for another.
 */
export const openKeyFile = (path: string | undefined): MasterKeys => ({
  wrap: async (dataKey) => {
    const [current] = await readKeys(path);
    return { keyId: current.id, wrapped: encrypt(dataKey, { key: current.bytes, context: wrapContext }) };
  },
  unwrap: async ({ keyId, wrapped }) => {
    const keys = await readKeys(path);
    const key = keys.find(({ id }) => id === keyId);
    if (!key) throw unknownKey(path, keyId);
    return unwrap(wrapped, key);
  },
  macs: async (text) => {
    const [current, ...older] = await readKeys(path);
    return [macOf(text, current), ...older.map((key) => macOf(text, key))];
  },
  keyIds: async () => (await readKeys(path)).map(({ id }) => id),
  exposedFile: async () => (path !== undefined && (await mayOthersRead(path)) ? path : undefined),
});

const readableByOthers = 0o044;

/** One that can't be looked at is told of when it is read. */
const mayOthersRead = async (path: string): Promise<boolean> => {
  const { mode } = await stat(path).catch(() => ({ mode: 0 }));
  return (mode & readableByOthers) !== 0;
};

const unwrap = (wrapped: string, { id, bytes }: Key): Uint8Array => {
  try {
    return decrypt(wrapped, { key: bytes, context: wrapContext });
  } catch (cause) {
    throw new LoraloomError("secret_unreadable", `A data key under the master key ${id} was changed since.`, {
      cause,
    });
  }
};

/** By a key made for this alone. */
const macOf = (text: string, { bytes }: Key): string =>
  createHmac("sha256", createHmac("sha256", bytes).update(macContext).digest()).update(text).digest("hex");

const readKeys = async (path: string | undefined): Promise<Keys> => {
  const [current, ...older] = parseKeys(await readText(path), path);
  if (!current) throw unusable(path, "holds no key");
  return [current, ...older];
};

const readText = async (path: string | undefined): Promise<string> => {
  if (path === undefined)
    throw new LoraloomError("master_key_unusable", "LORALOOM_MASTER_KEY_FILE is not set here.");
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason =
      cause instanceof Error && "code" in cause && cause.code === "ENOENT" ? "is not there" : "can't be read";
    throw unusable(path, reason, cause);
  }
};

const parseKeys = (text: string, path: string | undefined): Key[] =>
  text.split(/\r?\n/).flatMap((line, index) => {
    const key = line.trim();
    if (key === "" || key.startsWith("#")) return [];
    if (!keyPattern.test(key))
      throw unusable(path, `holds something else in line ${index + 1} than ${keyBytes} bytes in base64`);
    const bytes = Buffer.from(key, "base64");
    return [{ id: idOf(bytes), bytes }];
  });

/** Tells keys apart, and nothing about them. */
const idOf = (key: Buffer): string =>
  createHmac("sha256", key).update("loraloom key id").digest("hex").slice(0, 16);

/** Never says what a line holds: it may be a key with a typing error. */
const unusable = (path: string | undefined, reason: string, cause?: unknown): LoraloomError =>
  new LoraloomError("master_key_unusable", `The master key file '${path}' ${reason}.`, {
    ...(cause !== undefined && { cause }),
  });

const unknownKey = (path: string | undefined, keyId: string): LoraloomError =>
  new LoraloomError(
    "secret_unreadable",
    `The master key ${keyId}, which sealed this secret, is not in '${path}'.`,
    {
      details: { keyId },
    },
  );
