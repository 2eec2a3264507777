import { scope } from "./demo.ts";

/** Where the adapter's objects lie in the bucket, by the layout in docs/storage.md. */
export const adapterFolder = `users/${scope.userId}/avatars/${scope.avatarId}/adapters/`;
