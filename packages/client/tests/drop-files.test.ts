import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dropFiles, lacksChromium, openChromium, openPage } from "@loraloom/testkit/chromium";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { bundle } from "./bundle-page.ts";
import type { Dropped } from "./drop-page/page.ts";
import { writeLargeFile } from "./large-file.ts";
import { servePages } from "./serve-pages.ts";
import { startUploadServer } from "./start-upload-server.ts";

const entry = fileURLToPath(new URL("drop-page/page.ts", import.meta.url));
const row = '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}\n';

const outcomesOf = (page: Page): Promise<Dropped[]> => page.evaluate("page.outcomes");
const shareOf = (page: Page, name: string): Promise<number> =>
  page.evaluate(`page.progress[${JSON.stringify(name)}] ?? 0`);

test.skipIf(lacksChromium())(
  "files dropped onto a page of another origin arrive whole, also when the network goes away in the middle",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "loraloom-drop-"));
    const script = await bundle({ entry, outDir: folder });
    await using pages = await servePages({ "/page.js": script, "/": '<script src="/page.js"></script>' });
    await using server = await startUploadServer({ origins: [pages.url] });
    await using large = await writeLargeFile("large.jsonl", 100);
    const names = ["one.jsonl", "два.jsonl", "٣.jsonl"];
    await Promise.all(
      names.map((name, index) => writeFile(join(folder, name), row.repeat(1000 * (index + 1)))),
    );
    await writeFile(join(folder, "\u{202e}turned.jsonl"), row);

    await using browser = await openChromium();
    const page = await openPage(browser);
    const failures: (string | undefined)[] = [];
    page.on("requestfailed", (request) => failures.push(request.failure()?.errorText));
    await page.goto(pages.url);
    await page.evaluate(`page.takeDrops(${JSON.stringify(server.url)}, ${JSON.stringify(server.apiKey)})`);
    const broken = server.cutter.breakAfter(large.size * 0.4);
    const small = [...names, "\u{202e}turned.jsonl"].map((name) => join(folder, name));
    await dropFiles(page, [large.path, ...small], { x: 200, y: 200 });

    await broken;
    await page.context().setOffline(true);
    // Until it has been tried in vain.
    await expect.poll(() => failures).toContain("net::ERR_INTERNET_DISCONNECTED");
    expect(await shareOf(page, large.name)).toBeGreaterThan(0);
    expect(await shareOf(page, large.name)).toBeLessThan(1);
    server.cutter.mend();
    await page.context().setOffline(false);

    await expect.poll(() => outcomesOf(page), { interval: 200 }).toHaveLength(5);
    const stored = [large.name, ...names].map((name) => expect.objectContaining({ name }));
    const outcomes = await outcomesOf(page);
    expect(outcomes.filter(({ code }) => !code)).toEqual(expect.arrayContaining(stored));
    expect(outcomes.filter(({ code }) => code)).toEqual([
      { name: "\u{202e}turned.jsonl", code: "bad_file_name" },
    ]);
    expect(outcomes).toContainEqual({ name: large.name, size: large.size });
    expect(await server.storedHash(large.name)).toBe(large.sha256);
    expect(await shareOf(page, large.name)).toBe(1);
    await rm(folder, { recursive: true });
  },
);
