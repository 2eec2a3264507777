export { createMasterKeyFile, newMasterKey } from "./master-key-file.ts";
export { createTestLogger, type LoggedLine, openTestStore, type TestStore } from "./open-test-store.ts";
export { putFrozen as frozenRows } from "./run-objects.ts";
export { openEmptyDatabase } from "./same-bucket.ts";
export { claimNextRun, endPause, expireLease } from "./scenario.ts";
export { type Receiver, startReceiver } from "./start-receiver.ts";
export { beginUpload, inspectLines, putBytes, sha256Of, storeFile, type TestFile } from "./store-file.ts";
export { beginParts, partOf, putParts, signPart, twoParts } from "./store-parts.ts";
export { addUsage } from "./usage.ts";
