/** A team's own sign-in: a key pair whose public half the service reads from a file, and tokens that it signs. */
import { generateKeyPairSync, sign } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export type SignIn = {
  /** What the service is told of it. */
  environment: Record<string, string>;
  /** A token of a user, for ten minutes from then on (milliseconds as of `Date.now()`). */
  token: (userId: string, from?: number) => string;
};

const issuer = "https://sign-in.example";
const audience = "loraloom";
const lastsSeconds = 600;

/** @param folder takes the file of public keys */
export const createSignIn = async (folder: string): Promise<SignIn> => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const header = { alg: "EdDSA", kid: "one" };
  const keysFile = join(folder, "sign-in-keys.json");
  await writeFile(
    keysFile,
    JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), ...header }] }),
  );
  return {
    environment: {
      LORALOOM_JWT_ISSUER: issuer,
      LORALOOM_JWT_AUDIENCE: audience,
      LORALOOM_JWT_KEYS: keysFile,
      LORALOOM_JWT_ALGORITHMS: header.alg,
    },
    token: (userId, from = Date.now()) => {
      const claims = {
        iss: issuer,
        aud: audience,
        sub: userId,
        exp: Math.floor(from / 1_000) + lastsSeconds,
      };
      const signed = `${encoded(header)}.${encoded(claims)}`;
      return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
    },
  };
};

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
