import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createRouter, type describeApi } from "@loraloom/router";
import { repositoryRoot } from "@loraloom/testkit";
import { lacksChromium, openChromium, openPage } from "@loraloom/testkit/chromium";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningHost, startConnectedHost } from "../testing/start-test-host.ts";

let running: RunningHost;
beforeAll(async () => {
  running = await startConnectedHost();
});
afterAll(() => running[Symbol.asyncDispose]());

type Described = ReturnType<typeof describeApi>;
const ask = (path: string, init?: RequestInit) => fetch(`${running.host.url}${path}`, init);
const document = async (): Promise<Described> => JSON.parse(await (await ask("/openapi.json")).text());

test("the description is valid OpenAPI 3.1, told to anybody, and holds every procedure", async () => {
  const described = await document();
  const { valid, errors } = await new Validator().validate({ ...described });
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  const operations = Object.values(described.paths).flatMap(({ get, post }) => [get ?? post]);
  const told = operations.map((operation) => operation?.operationId);
  expect(told).toEqual(expect.arrayContaining(Object.keys(createRouter()._def.procedures)));
});

test("its version is the product's, which all packages have", async () => {
  const manifests = await Array.fromAsync(
    glob(["package.json", "packages/*/package.json"], { cwd: repositoryRoot }),
  );
  const versions = manifests.map(
    async (path): Promise<string> => JSON.parse(await readFile(join(repositoryRoot, path), "utf8")).version,
  );
  const { info } = await document();
  expect(new Set(await Promise.all(versions))).toEqual(new Set([info.version]));
});

test("every request that it describes by a schema is one that the API takes", async () => {
  const authorization = `Bearer ${running.serviceKey}`;
  const scope = { json: { userId: "ada", avatarId: "mia" } };
  const created = await ask("/trpc/adapter.create", {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify(scope),
  });
  expect(await created.json()).toMatchObject({ result: { data: { json: { avatarId: "mia" } } } });
  const got = await ask(`/trpc/adapter.get?input=${encodeURIComponent(JSON.stringify(scope))}`, {
    headers: { authorization },
  });
  expect(await got.json()).toMatchObject({ result: { data: { json: { createdAt: expect.any(String) } } } });
  const listed = {
    json: { expiresAt: "2030-01-01T00:00:00Z", kind: "service", name: "x", scopes: ["read"] },
  };
  const made = await ask("/trpc/keys.create", {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ ...listed, meta: { values: { expiresAt: ["Date"] } } }),
  });
  expect(made.status).toBe(200);
});

test.skipIf(lacksChromium())(
  "the page shows it, runs nothing from elsewhere, and tries a call with a key",
  async () => {
    await using browser = await openChromium();
    const page = await openPage(browser);
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${running.host.url}/reference`);
    await page.getByRole("button", { name: "Authorize" }).click();
    await page.getByLabel("auth-bearer-value").fill(running.serviceKey);
    await page.getByRole("button", { name: "Apply credentials" }).click();
    await page.getByRole("button", { name: "Close", exact: true }).click();
    const health = page.locator("#operations-health-health");
    await health.locator(".opblock-summary-control").click();
    await health.getByRole("button", { name: "Try it out" }).click();
    await health.getByRole("button", { name: "Execute" }).click();
    await page.getByText('"database"').first().waitFor();
    expect(asked.filter((url) => !url.startsWith(running.host.url) && !url.startsWith("data:"))).toEqual([]);
    expect(asked.join()).not.toContain(running.serviceKey);
    expect(complaints).toEqual([]);
  },
);
