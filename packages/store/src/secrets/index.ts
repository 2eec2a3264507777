export type { MasterKeys } from "./master-keys.ts";
export { openSecret, type SealedSecret, type SecretContext, sealSecret } from "./sealed-secret.ts";
