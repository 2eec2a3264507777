/** What of the host's environment is about the tokens of a team's own sign-in. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { LoraloomError } from "@loraloom/errors";
import { z } from "zod";
import { wordList } from "../word-list.ts";
import { type TokenScope, tokenScopes } from "./token-scopes.ts";

/** Signatures whose check takes a public key only: who can check a token can't make one. */
const algorithms = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/** A word of each, or the words themselves where the value is no list of them. */
const listOf = (known: readonly string[], usual: string) =>
  wordList(usual).refine((words) => words.length > 0 && words.every((word) => known.includes(word)), {
    error: `must be one or more of ${known.join(", ")}`,
  });

export const jwtEnvShape = {
  LORALOOM_JWT_ISSUER: z
    .string()
    .optional()
    .describe("Issuer (iss) of a sign-in whose tokens are taken; left out: only API keys are"),
  LORALOOM_JWT_AUDIENCE: wordList("").describe(
    "Audiences (aud) that a token may be for, separated by commas; needed with an issuer",
  ),
  LORALOOM_JWT_KEYS: z
    .string()
    .optional()
    .describe("URL of the issuer's public keys (JWKS), or a file that holds them; needed with an issuer"),
  LORALOOM_JWT_ALGORITHMS: listOf(algorithms, "RS256").describe(
    "How tokens may be signed, separated by commas; only with a private key",
  ),
  LORALOOM_JWT_USER_CLAIM: z.string().default("sub").describe("Claim of a token that is the user's id"),
  LORALOOM_JWT_SCOPE_CLAIM: z
    .string()
    .default("scope")
    .describe("Claim of a token that says what it may do: a list or words of read, write and train"),
  LORALOOM_JWT_DEFAULT_SCOPES: listOf(tokenScopes, "read,write,train").describe(
    "What a token may do that lacks that claim",
  ),
};

export type JwtConfig = {
  issuer: string;
  audience: string[];
  /** `https:`, `http:` to this machine, or `file:`. */
  keys: URL;
  algorithms: string[];
  userClaim: string;
  scopeClaim: string;
  defaultScopes: TokenScope[];
};
export type JwtEnv = z.output<z.ZodObject<typeof jwtEnvShape>>;

/** @throws LoraloomError `bad_configuration` */
export const jwtConfigOf = (env: JwtEnv): JwtConfig | undefined => {
  const { LORALOOM_JWT_ISSUER: issuer, LORALOOM_JWT_AUDIENCE: audience, LORALOOM_JWT_KEYS: keys } = env;
  const needed = { LORALOOM_JWT_ISSUER: issuer, LORALOOM_JWT_AUDIENCE: audience[0], LORALOOM_JWT_KEYS: keys };
  if (Object.values(needed).every((value) => value === undefined)) return undefined;
  if (issuer === undefined || audience.length === 0 || keys === undefined) throw incomplete(needed);
  return {
    issuer,
    audience,
    keys: keysUrl(keys),
    algorithms: env.LORALOOM_JWT_ALGORITHMS,
    userClaim: env.LORALOOM_JWT_USER_CLAIM,
    scopeClaim: env.LORALOOM_JWT_SCOPE_CLAIM,
    defaultScopes: tokenScopes.filter((scope) => env.LORALOOM_JWT_DEFAULT_SCOPES.includes(scope)),
  };
};

const incomplete = (needed: Record<string, string | undefined>): LoraloomError => {
  const missing = Object.keys(needed).filter((name) => needed[name] === undefined);
  const all = Object.keys(needed).join(", ");
  const rule = `tokens are taken with all of ${all}, or with none of them`;
  return badConfiguration(
    `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing: ${rule}.`,
    missing,
  );
};

const badConfiguration = (message: string, variables: string[]): LoraloomError =>
  new LoraloomError("bad_configuration", message, { details: { variables } });

const loopback = ["localhost", "127.0.0.1", "[::1]"];

/** Whoever can change the keys on their way can sign in as anybody. */
const keysUrl = (keys: string): URL => {
  if (!/^https?:/i.test(keys)) return pathToFileURL(resolve(keys));
  const url = URL.canParse(keys) ? new URL(keys) : undefined;
  if (url?.protocol === "https:" || (url && loopback.includes(url.hostname))) return url;
  throw badConfiguration(
    `LORALOOM_JWT_KEYS=${JSON.stringify(keys.slice(0, 200))}: must be an https URL, http to this machine, or a file.`,
    ["LORALOOM_JWT_KEYS"],
  );
};
