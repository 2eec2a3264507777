import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

/** Ends what would hang; whatever works may take as long as a busy machine needs. Playwright's own is half a minute. */
const patienceMs = 200_000;

/** Whether page tests can be left out: never in CI, where a missing browser fails them. */
export const lacksChromium = (): boolean => {
  if (existsSync(executablePath) || process.env.CI) return false;
  console.log(`Skipped: there is no Chromium at '${executablePath}'; name one in CHROMIUM_PATH.`);
  return true;
};

/** A headless browser that talks to nobody but the pages of a test. */
export const openChromium = async (): Promise<Browser & AsyncDisposable> =>
  chromium.launch({
    executablePath,
    timeout: patienceMs,
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });

/** A page that waits for what it is asked for as long as a busy machine needs. */
export const openPage = async (browser: Browser): Promise<Page> => {
  const page = await browser.newPage();
  page.setDefaultTimeout(patienceMs);
  return page;
};

/** Two frames: what is sent to a page before it has drawn anything may be lost without an answer. */
const whenDrawn = (page: Page): Promise<unknown> =>
  page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");

/** Drops files of the disk onto a point of the page, as a hand does. */
export const dropFiles = async (
  page: Page,
  files: string[],
  point: { x: number; y: number },
): Promise<void> => {
  await whenDrawn(page);
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, ...point, data });
  }
};
