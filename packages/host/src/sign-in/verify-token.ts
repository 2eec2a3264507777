import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import type { TokenCaller, VerifyToken } from "@loraloom/router";
import type { Logger } from "@loraloom/store";
import { checkUserId } from "@loraloom/store/keys";
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { createIssuerKeys } from "./issuer-keys.ts";
import type { JwtConfig } from "./jwt-env.ts";
import { loadKeys } from "./load-keys.ts";
import { tokenFault } from "./token-fault.ts";
import { type TokenScope, tokenScopes } from "./token-scopes.ts";

/** Of all headers together a server reads 16 KiB. */
const mostCharacters = 8 * 1024;
/** The clocks of a sign-in and a host may differ by so much. */
const clockToleranceSeconds = 30;

/** Takes the tokens (JWT) of a team's own sign-in, each for its user. */
export const createVerifyToken = (config: JwtConfig, log: Logger): VerifyToken => {
  const keys = createIssuerKeys({ load: () => loadKeys(config.keys), log });
  return async (token) => {
    if (token.length > mostCharacters) throw tooLarge(token.length);
    return callerIn(await provenClaims(token, { keys, config }), config);
  };
};

type Proof = { keys: JWTVerifyGetKey; config: JwtConfig };

const provenClaims = async (token: string, { keys, config }: Proof): Promise<JWTPayload> => {
  const { issuer, audience, algorithms } = config;
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ["exp"],
    });
    return payload;
  } catch (error) {
    throw error instanceof errors.JOSEError ? tokenFault(error, config) : error;
  }
};

const callerIn = (claims: JWTPayload, config: JwtConfig): TokenCaller => ({
  userId: userIn(claims, config),
  scopes: scopesIn(claims, config),
});

const userIn = (claims: JWTPayload, { userClaim }: JwtConfig): string => {
  const userId = claims[userClaim];
  if (typeof userId !== "string") throw badSubject(userClaim, "is missing or not a text");
  try {
    return checkUserId(userId);
  } catch (error) {
    if (!isLoraloomError(error, "bad_user_id")) throw error;
    throw badSubject(userClaim, "is not written like a user's id", error);
  }
};

/** Words that are nothing to us, such as `openid`, allow nothing. */
const scopesIn = (claims: JWTPayload, { scopeClaim, defaultScopes }: JwtConfig): TokenScope[] => {
  const claimed = claims[scopeClaim];
  if (claimed === undefined) return defaultScopes;
  const words: unknown[] = Array.isArray(claimed) ? claimed : String(claimed).split(" ");
  return tokenScopes.filter((scope) => words.includes(scope));
};

const badSubject = (claim: string, fault: string, cause?: unknown): LoraloomError =>
  new LoraloomError("token_bad_subject", `The token's claim '${claim}', the user's id, ${fault}.`, { cause });

const tooLarge = (length: number): LoraloomError =>
  new LoraloomError(
    "token_too_large",
    `The token is ${length} characters long; ${mostCharacters} are the most.`,
  );
