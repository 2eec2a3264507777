import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import type { JwtConfig } from "../sign-in/jwt-env.ts";

export type SignIn = AsyncDisposable & {
  config: JwtConfig;
  /** How often its keys were asked for. */
  asked: () => number;
  /** Changes what it answers: its keys, or with a status alone. */
  answer: (answer: JWK[] | number) => void;
  /** A sound token of a user; what is given replaces its claims, and `undefined` removes one. */
  token: (userId: string, claims?: JWTPayload, options?: TokenOptions) => Promise<string>;
  /** The public key of its tokens. */
  publicJwk: JWK;
  /** A second key, which is not among those that it publishes. */
  other: SigningKey;
};
type SigningKey = { kid: string; privateKey: CryptoKey; publicJwk: JWK };
type TokenOptions = { key?: SigningKey; kid?: string | null };

const makeKey = async (kid: string): Promise<SigningKey> => {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256" } };
};

/** A team's own sign-in: keys that a real server publishes, and tokens signed with them. */
export const startSignIn = async (): Promise<SignIn> => {
  const [own, other] = [await makeKey("one"), await makeKey("two")];
  let answer: JWK[] | number = [own.publicJwk];
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.statusCode = typeof answer === "number" ? answer : 200;
    response.end(JSON.stringify({ keys: answer }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = configFor(new URL(`${url}/keys`));
  return {
    config,
    asked: () => asked,
    answer: (changed) => {
      answer = changed;
    },
    token: (userId, claims = {}, { key = own, kid = key.kid } = {}) =>
      new SignJWT({ ...usualClaims(config), sub: userId, ...claims })
        .setProtectedHeader({ alg: "RS256", ...(kid !== null && { kid }) })
        .sign(key.privateKey),
    publicJwk: own.publicJwk,
    other,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

const configFor = (keys: URL): JwtConfig => ({
  issuer: "https://sign-in.example",
  audience: ["loraloom"],
  keys,
  algorithms: ["RS256"],
  userClaim: "sub",
  scopeClaim: "scope",
  defaultScopes: ["read", "write", "train"],
});

const usualClaims = ({ issuer, audience }: JwtConfig): JWTPayload => ({
  iss: issuer,
  aud: audience,
  exp: Math.floor(Date.now() / 1_000) + 600,
});
