export { checkMasterKeys } from "./check-master-keys.ts";
export type { MasterKeys } from "./master-keys.ts";
export { type Rewrapped, rewrapSecrets } from "./rewrap-secrets.ts";
export { openSecret, type SealedSecret, type SecretContext, sealSecret } from "./sealed-secret.ts";
export {
  deleteUserSecret,
  listUserSecrets,
  setUserSecret,
  type ToldSecret,
  type UserSecretName,
  userSecretNames,
} from "./user-secrets.ts";
