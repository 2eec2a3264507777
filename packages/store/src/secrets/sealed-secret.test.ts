import { randomBytes } from "node:crypto";
import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { createMasterKeyFile, newMasterKey } from "../testing/index.ts";
import { openKeyFile } from "./key-file.ts";
import { openSecret, rewrapSecret, sealSecret } from "./sealed-secret.ts";

const context = { userId: "ada", name: "hf-token", id: "01M7Z25ZDE2TZ3GP7YWW4B78FA" };
const value = "hf_canary-4711 é";

const openFolder = async () => {
  const file = await createMasterKeyFile();
  return { ...file, masterKeys: openKeyFile(file.path) };
};

test("a secret opens for whom it was sealed, and nothing of it shows", async () => {
  await using keys = await openFolder();
  const sealed = await sealSecret(keys.masterKeys, context, value);
  expect(await openSecret(keys.masterKeys, context, sealed)).toBe(value);
  const decoded = Object.values(sealed).map((part) => Buffer.from(part, "base64").toString("latin1"));
  expect([...decoded, JSON.stringify(sealed)].join()).not.toContain("canary");
});

test("the same secret is sealed differently each time, under a data key of its own", async () => {
  await using keys = await openFolder();
  const [one, other] = [
    await sealSecret(keys.masterKeys, context, value),
    await sealSecret(keys.masterKeys, context, value),
  ];
  expect(one.sealed).not.toBe(other.sealed);
  // Under one key a nonce that comes twice gives away what it hid.
  const nonceOf = (text: string) => Buffer.from(text, "base64").subarray(0, 12).toString("hex");
  expect(nonceOf(one.wrapped)).not.toBe(nonceOf(other.wrapped));
  expect(nonceOf(one.sealed)).not.toBe(nonceOf(other.sealed));
  const mixed = { ...one, wrapped: other.wrapped };
  await expect(openSecret(keys.masterKeys, context, mixed)).rejects.toMatchObject({
    code: "secret_unreadable",
  });
});

test.each([{ userId: "eve" }, { name: "wandb" }, { id: "another" }])(
  "a secret that is put into the place of %o does not open",
  async (other) => {
    await using keys = await openFolder();
    const sealed = await sealSecret(keys.masterKeys, context, value);
    const opening = openSecret(keys.masterKeys, { ...context, ...other }, sealed);
    await expect(opening).rejects.toMatchObject({ code: "secret_unreadable" });
  },
);

test.each(["sealed", "wrapped"] as const)("a bit that is changed in '%s' is noticed", async (part) => {
  await using keys = await openFolder();
  const secret = await sealSecret(keys.masterKeys, context, value);
  const bytes = Buffer.from(secret[part], "base64");
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  const changed = { ...secret, [part]: bytes.toString("base64") };
  await expect(openSecret(keys.masterKeys, context, changed)).rejects.toMatchObject({
    code: "secret_unreadable",
  });
});

test("a new first key seals from then on, the older one still opens, and a secret moves to the new one", async () => {
  await using keys = await openFolder();
  const { path, masterKeys } = keys;
  const old = await sealSecret(masterKeys, context, value);
  const before = await readFile(path, "utf8");
  await writeFile(path, `# since May\n${newMasterKey()}\n\n${before}`);
  expect(await openSecret(masterKeys, context, old)).toBe(value);
  const moved = await rewrapSecret(masterKeys, old);
  expect([moved.keyId, old.keyId]).toEqual(await masterKeys.keyIds());
  expect(moved.sealed).toBe(old.sealed);
  await writeFile(path, (await readFile(path, "utf8")).replace(before, ""));
  expect(await openSecret(masterKeys, context, moved)).toBe(value);
});

test("with the wrong file a secret says which key it needs, and with the right one it opens again", async () => {
  await using keys = await openFolder();
  const { path, masterKeys } = keys;
  const secret = await sealSecret(masterKeys, context, value);
  const right = await readFile(path, "utf8");
  await writeFile(path, `${newMasterKey()}\n`);
  await expect(openSecret(masterKeys, context, secret)).rejects.toMatchObject({
    code: "secret_unreadable",
    message: `The master key ${secret.keyId}, which sealed this secret, is not in '${path}'.`,
  });
  await writeFile(path, right);
  expect(await openSecret(masterKeys, context, secret)).toBe(value);
});

test.each([
  ["is not there", (path: string) => rm(path)],
  ["holds no key", (path: string) => writeFile(path, "# none\n")],
  ["in line 2 than 32 bytes", (path: string) => appendFile(path, "canary-short\n")],
  ["in line 1 than 32 bytes", (path: string) => writeFile(path, `${randomBytes(31).toString("base64")}\n`)],
])("a file that %s is refused by name, and nothing of its lines is told", async (reason, spoil) => {
  await using keys = await openFolder();
  const { path, masterKeys } = keys;
  await spoil(path);
  const refusal = await sealSecret(masterKeys, context, value).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "master_key_unusable" });
  expect(String(refusal)).toContain(`'${path}'`);
  expect(String(refusal)).toContain(reason);
  expect(String(refusal)).not.toContain("canary");
});

test("without a file nothing is sealed, and the error names the variable", async () => {
  await expect(sealSecret(openKeyFile(undefined), context, value)).rejects.toMatchObject({
    code: "master_key_unusable",
    message: "LORALOOM_MASTER_KEY_FILE is not set here.",
  });
});
