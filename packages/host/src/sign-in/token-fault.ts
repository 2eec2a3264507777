import { type ErrorCode, LoraloomError } from "@loraloom/errors";
import { errors } from "jose";
import type { JwtConfig } from "./jwt-env.ts";

type Fault = { code: ErrorCode; message: string };

/**
 * Why a token is refused. Neither the token nor what it says is repeated, and jose's own error, which holds the
 * claims, is not passed on.
 */
export const tokenFault = (error: errors.JOSEError, config: JwtConfig): LoraloomError => {
  const { code, message } = faultOf(error, config);
  return new LoraloomError(code, message);
};

const faultOf = (error: errors.JOSEError, { algorithms }: JwtConfig): Fault => {
  if (error instanceof errors.JWTExpired) return { code: "token_expired", message: "The token has expired." };
  if (error instanceof errors.JWTClaimValidationFailed) return claimFault(error);
  if (error instanceof errors.JOSEAlgNotAllowed)
    return {
      code: "token_algorithm_refused",
      message: `The token is not signed with ${algorithms.join(" or ")}.`,
    };
  if (error instanceof errors.JWKSNoMatchingKey)
    return { code: "token_unknown_key", message: "The token's key (kid) is none of the sign-in's." };
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return {
      code: "token_unknown_key",
      message: "The token names no key (kid), and several could be meant.",
    };
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return { code: "token_invalid", message: "The token's signature is wrong." };
  return { code: "token_invalid", message: "What was sent as a token is not a signed JWT." };
};

const claimFault = ({ claim, reason }: errors.JWTClaimValidationFailed): Fault => {
  const how = reason === "missing" ? "is missing" : "is not what it must be";
  if (claim === "iss") return { code: "token_wrong_issuer", message: `The token's issuer (iss) ${how}.` };
  if (claim === "aud") return { code: "token_wrong_audience", message: `The token's audience (aud) ${how}.` };
  if (claim === "nbf" && reason === "check_failed")
    return { code: "token_not_yet_valid", message: "The token is valid only later (nbf)." };
  return { code: "token_invalid", message: `The token's claim '${claim}' ${how}.` };
};
