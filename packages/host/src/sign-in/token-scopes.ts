/** What a token can be allowed: it is a user's, and what is left belongs to service keys. */
export const tokenScopes = ["read", "write", "train"] as const;
export type TokenScope = (typeof tokenScopes)[number];
