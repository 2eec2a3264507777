/** The example page in a real browser, on another origin than the service. */
import { join } from "node:path";
import { repositoryRoot } from "@loraloom/testkit";
import { dropFiles, lacksChromium, openChromium } from "@loraloom/testkit/chromium";
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
const long = { timeout: 60_000 };

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
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", ({ message }) => errors.push(message));
      await page.goto(example.url);
      expect(new URL(page.url()).origin).not.toBe(new URL(service.runtime.url).origin);
      await page.getByText("No files yet.").waitFor(long);
      await dropOnto(page, [
        ...tenFiles.map((name) => corpus("good", name)),
        corpus("bad", "invalid-json.jsonl"),
      ]);

      for (const name of tenFiles)
        await fileRow(page, name).and(page.locator("[data-state=used]")).waitFor(long);
      const broken = fileRow(page, "invalid-json.jsonl");
      await broken.getByText("line 2").waitFor();
      expect(await broken.textContent()).toContain("invalid_json");
      await page.getByText("'invalid-json.jsonl' line 2").waitFor(long);
      expect(await trainButton(page).isDisabled()).toBe(true);

      await deleteFile(page, "invalid-json.jsonl");
      await trainButton(page).click(long);
      await page.locator("[data-run=completed]").waitFor(long);

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
      const page = await browser.newPage();
      await page.goto(example.url);
      const avatar = page.getByLabel("Avatar");
      await avatar.fill("second");
      await avatar.press("Enter");
      await page.getByText("No files yet.").waitFor(long);
      await dropOnto(page, [
        join(repositoryRoot, "examples/persona/train.jsonl"),
        corpus("good", "chat.jsonl"),
      ]);

      await page.getByLabel("Train on chat.jsonl").uncheck(long);
      await fileRow(page, "chat.jsonl").and(page.locator("[data-state=unused]")).waitFor();
      await page.getByLabel("Hold out a tenth").check(long);
      await trainButton(page).click(long);
      await page.getByText(/Held-out loss \d/).waitFor(long);
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.locator("[data-run=cancelled]").waitFor(long);
    },
  );
};
