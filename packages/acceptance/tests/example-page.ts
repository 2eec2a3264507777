/** The example page in a real browser, on another origin than the service. */
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "@loraloom/testkit";
import { dropFiles, lacksChromium, openChromium, openPage } from "@loraloom/testkit/chromium";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveExamplePage } from "./serve-example-page.ts";
import { tenFiles } from "./ten-files.ts";
import type { TinyService } from "./tiny-service.ts";

type Example = Awaited<ReturnType<typeof serveExamplePage>>;
let service: TinyService;
let example: Example;

const corpus = (side: "good" | "bad", name: string): string =>
  join(repositoryRoot, "packages/dataset/corpus", side, name);

/** Drops files where the page asks for them. */
const dropOnto = async (page: Page, files: string[]): Promise<void> => {
  const box = await page.getByRole("region", { name: "Add files" }).boundingBox();
  if (!box) throw new Error("The page shows no place to drop files.");
  await dropFiles(page, files, { x: box.x + box.width / 2, y: box.y + 10 });
};

const fileRow = (page: Page, name: string) => page.locator(`.file[data-name="${name}"]`);
const trainButton = (page: Page) => page.getByRole("button", { name: "Train", exact: true });
/** The page asks once more before each. */
const deleteFile = async (page: Page, name: string): Promise<void> => {
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await page.getByRole("button", { name: `Really delete ${name}?` }).click();
};

/** The last that is found out about a file: until then the preview is read anew, and nothing can be started meanwhile. */
const untilCounted = async (page: Page, names: string[]): Promise<void> => {
  for (const name of names)
    await fileRow(page, name)
      .getByText(/ tokens?, /)
      .waitFor();
};

/** Takes a file's flag away; afterwards the page shows what the server has made of it. */
const leaveOut = async (page: Page, name: string): Promise<void> => {
  const flagged = page.waitForResponse(/trainingData\.setFlag/);
  await page.getByLabel(`Train on ${name}`).uncheck();
  await flagged;
  await page.waitForResponse(/trainingData\.list/);
  await fileRow(page, name).and(page.locator("[data-state=unused]")).waitFor();
};

/** So many rows that whoever cancels their run comes in time, however busy the machine. */
const manyRows = Array.from({ length: 8_000 }, (_, at) =>
  JSON.stringify({ prompt: `sea ${at}?`, completion: `Aye, sea ${at}.` }),
).join("\n");

export const testExamplePage = (running: () => TinyService): void => {
  beforeAll(async () => {
    service = running();
    example = await serveExamplePage(service.dataDir);
  });
  afterAll(() => example[Symbol.asyncDispose]());

  test.skipIf(lacksChromium())(
    "ten files of ten formats and a broken one are dropped; the broken one is named with its line, the ten train",
    async () => {
      await using browser = await openChromium();
      const page = await openPage(browser);
      const errors: string[] = [];
      page.on("pageerror", ({ message }) => errors.push(message));
      await page.goto(example.url);
      expect(new URL(page.url()).origin).not.toBe(new URL(service.runtime.url).origin);
      await page.getByText("No files yet.").waitFor();
      await dropOnto(page, [
        ...tenFiles.map((name) => corpus("good", name)),
        corpus("bad", "invalid-json.jsonl"),
      ]);

      for (const name of tenFiles) await fileRow(page, name).and(page.locator("[data-state=used]")).waitFor();
      await untilCounted(page, tenFiles);
      const broken = fileRow(page, "invalid-json.jsonl").and(page.locator("[data-state=faulty]"));
      await broken.getByText("line 2").waitFor();
      expect(await broken.textContent()).toContain("invalid_json");
      await page.getByText("'invalid-json.jsonl' line 2").waitFor();
      expect(await trainButton(page).isDisabled()).toBe(true);

      await deleteFile(page, "invalid-json.jsonl");
      await trainButton(page).click();
      await page.locator("[data-run=completed]").waitFor();

      await page.getByLabel("Question").fill("Who goes there?");
      await page.keyboard.press("Enter");
      await expect.poll(() => page.locator(".answer[data-done=true]").count()).toBe(2);
      expect(await page.getByRole("alert").count()).toBe(0);
      expect(errors).toEqual([]);
    },
  );

  test.skipIf(lacksChromium())(
    "a file can be left out, rows held out and measured with, and a run cancelled",
    async () => {
      await using browser = await openChromium();
      const page = await openPage(browser);
      await page.goto(example.url);
      const avatar = page.getByLabel("Avatar");
      await avatar.fill("second");
      await avatar.press("Enter");
      await page.getByText("No files yet.").waitFor();
      await using folder = await mkdtempDisposable(join(tmpdir(), "loraloom-rows-"));
      const many = join(folder.path, "many.jsonl");
      await writeFile(many, manyRows);
      await dropOnto(page, [many, corpus("good", "chat.jsonl")]);

      await untilCounted(page, ["many.jsonl", "chat.jsonl"]);
      await leaveOut(page, "chat.jsonl");
      await page.getByLabel("Hold out a tenth").check();
      await trainButton(page).click();
      await page.getByText(/Held-out loss \d/).waitFor();
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.locator("[data-run=cancelled]").waitFor();
    },
  );
};
