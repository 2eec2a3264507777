import { userSecrets } from "../tables/index.ts";

/** Every column that holds a {@link SealedSecret}; a test compares the list with the tables. */
export const sealedColumns = [{ table: userSecrets, column: userSecrets.sealed }];
