/** The whole service as people use it. One is started for all suites: each has avatars of its own. */
import { afterAll, beforeAll, describe } from "vitest";
import { testCanaries } from "./canaries.ts";
import { testChatWithVersion } from "./chat-with-version.ts";
import { testExamplePage } from "./example-page.ts";
import { testRealDialogs } from "./real-dialogs.ts";
import { testTenFormats } from "./ten-formats.ts";
import { launchTinyService, type TinyService } from "./tiny-service.ts";

let service: TinyService;
beforeAll(async () => {
  service = await launchTinyService();
});
afterAll(() => service[Symbol.asyncDispose]());
const running = () => service;

describe("files of ten formats", () => testTenFormats(running));
describe("a version", () => testChatWithVersion(running));
describe("other people's dialogs", () => testRealDialogs(running));
describe("canaries", () => testCanaries(running));
describe("the example page", () => testExamplePage(running));
