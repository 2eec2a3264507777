import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ErrorCode } from "@loraloom/errors";
import { exportSPKI, importJWK, type JWTPayload } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLog } from "../log.ts";
import { type SignIn, startSignIn } from "../testing/sign-in.ts";
import type { JwtConfig } from "./jwt-env.ts";
import { createVerifyToken } from "./verify-token.ts";

let signIn: SignIn;
beforeAll(async () => {
  signIn = await startSignIn();
});
afterAll(() => signIn[Symbol.asyncDispose]());

const verify = (token: string, changes: Partial<JwtConfig> = {}) =>
  createVerifyToken({ ...signIn.config, ...changes }, createLog("error"))(token);

const now = (): number => Math.floor(Date.now() / 1_000);
const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const sound = (): object => ({ iss: signIn.config.issuer, aud: "loraloom", exp: now() + 600, sub: "ada" });

/** Signed as if the issuer's public key were a password that both sides know. */
const confused = (secret: string | Buffer): string => {
  const signed = `${base64({ alg: "HS256", kid: "one" })}.${base64(sound())}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
};
const publicPem = async (): Promise<string> => {
  const key = await importJWK(signIn.publicJwk, "RS256");
  if (key instanceof Uint8Array) throw new TypeError("A public key is no bytes.");
  return exportSPKI(key);
};

test("a sound token is its user's, with what it says it may do", async () => {
  expect(await verify(await signIn.token("ada"))).toEqual({
    userId: "ada",
    scopes: ["read", "write", "train"],
  });
  const scopesOf = async (scope: unknown) => (await verify(await signIn.token("ada", { scope }))).scopes;
  expect(await scopesOf("openid read profile")).toEqual(["read"]);
  expect(await scopesOf(["train", "read"])).toEqual(["read", "train"]);
  // Never what belongs to service keys.
  for (const scope of ["admin", "", 7, null, {}]) expect(await scopesOf(scope)).toEqual([]);
});

test("which claims say so is configured", async () => {
  const token = await signIn.token("unused", { email: "ada@example.org", rights: "read" });
  const config = { userClaim: "email", scopeClaim: "rights" };
  expect(await verify(token, config)).toEqual({ userId: "ada@example.org", scopes: ["read"] });
  const defaults = await verify(await signIn.token("ada"), { defaultScopes: ["read"] });
  expect(defaults.scopes).toEqual(["read"]);
});

test("clocks may differ by half a minute", async () => {
  const token = await signIn.token("ada", { exp: now() - 20, nbf: now() + 20 });
  expect(await verify(token)).toMatchObject({ userId: "ada" });
});

test.each<[string, () => JWTPayload, ErrorCode]>([
  ["expired", () => ({ exp: now() - 31 }), "token_expired"],
  ["without an end", () => ({ exp: undefined }), "token_invalid"],
  ["valid only later", () => ({ nbf: now() + 60 }), "token_not_yet_valid"],
  ["of another issuer", () => ({ iss: "https://evil.example" }), "token_wrong_issuer"],
  ["of no issuer", () => ({ iss: undefined }), "token_wrong_issuer"],
  ["for somebody else", () => ({ aud: "another service" }), "token_wrong_audience"],
  ["for nobody", () => ({ aud: undefined }), "token_wrong_audience"],
  ["without a subject", () => ({ sub: undefined }), "token_bad_subject"],
  ["with a subject that is no id", () => ({ sub: "../ada" }), "token_bad_subject"],
  ["longer than is read", () => ({ padding: "x".repeat(9_000) }), "token_too_large"],
])("a token %s is refused with its own code", async (_what, claims, code) => {
  const token = await signIn.token("ada", claims());
  await expect(verify(token)).rejects.toMatchObject({ code });
});

test.each<[string, () => string | Promise<string>, ErrorCode]>([
  ["without a signature", () => `${base64({ alg: "none" })}.${base64(sound())}.`, "token_algorithm_refused"],
  [
    "of an unheard-of algorithm",
    () => `${base64({ alg: "nOnE" })}.${base64(sound())}.`,
    "token_algorithm_refused",
  ],
  ["signed with the public key", async () => confused(await publicPem()), "token_algorithm_refused"],
  ["signed with the key's JSON", () => confused(JSON.stringify(signIn.publicJwk)), "token_algorithm_refused"],
  ["of an unknown key", () => signIn.token("ada", {}, { key: signIn.other }), "token_unknown_key"],
  [
    "of another key under a known name",
    () => signIn.token("ada", {}, { key: signIn.other, kid: "one" }),
    "token_invalid",
  ],
  ["that is none", () => "a.b.c", "token_invalid"],
  ["of empty parts", () => "..", "token_invalid"],
  ["that is encrypted", () => `${base64({ alg: "dir", enc: "A128GCM" })}.a.b.c.d`, "token_invalid"],
])("a token %s is refused with its own code", async (_what, make, code) => {
  await expect(verify(await make())).rejects.toMatchObject({ code });
});

test("a changed token is refused, and neither it nor its claims are told", async () => {
  const token = await signIn.token("ada-canary", { iss: "https://evil-canary.example" });
  const [header = "", claims = "", signature = ""] = token.split(".");
  const changed = [header, base64({ ...sound(), sub: "eve-canary" }), signature].join(".");
  for (const [sent, code] of [
    [token, "token_wrong_issuer"],
    [changed, "token_invalid"],
  ]) {
    const error = await verify(sent ?? "").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    const told = JSON.stringify([error, String(error), (error as Error).cause]);
    for (const part of ["canary", claims, signature]) expect(told).not.toContain(part);
  }
});

test("one key without a name is enough, and of several none is guessed", async () => {
  const token = await signIn.token("ada", {}, { kid: null });
  expect(await verify(token)).toMatchObject({ userId: "ada" });
  signIn.answer([signIn.publicJwk, signIn.other.publicJwk]);
  await expect(verify(token)).rejects.toMatchObject({ code: "token_unknown_key" });
  signIn.answer([signIn.publicJwk]);
});

test("keys come from a file, too", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-keys-"));
  const file = join(folder, "keys.json");
  await writeFile(file, JSON.stringify({ keys: [signIn.publicJwk] }));
  expect(await verify(await signIn.token("ada"), { keys: pathToFileURL(file) })).toMatchObject({
    userId: "ada",
  });
  await rm(folder, { recursive: true });
});
