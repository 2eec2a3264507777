import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

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
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
