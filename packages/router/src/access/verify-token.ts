import type { KeyScope } from "@loraloom/store/tables";

/** What a token says once it is proven. */
export type TokenCaller = { userId: string; scopes: KeyScope[] };

/**
 * Checks the token of a team's own sign-in.
 *
 * @throws LoraloomError of the codes `token_*`; none repeats the token
 */
export type VerifyToken = (token: string) => Promise<TokenCaller>;
