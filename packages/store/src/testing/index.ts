export { createTestLogger, type LoggedLine, openTestStore, type TestStore } from "./open-test-store.ts";
