import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describeApi } from "@loraloom/router";
import { Hono } from "hono";
import { productVersion } from "../product-version.ts";
import type { RequestEnv } from "./log-requests.ts";

const swaggerFolder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const files: Record<string, { path: string; type: string }> = {
  "swagger-ui.css": { path: join(swaggerFolder, "swagger-ui.css"), type: "text/css" },
  "swagger-ui-bundle.js": { path: join(swaggerFolder, "swagger-ui-bundle.js"), type: "text/javascript" },
  "start.js": { path: join(import.meta.dirname, "reference-page.js"), type: "text/javascript" },
};

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Loraloom API</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/reference/swagger-ui.css" />
  </head>
  <body>
    <div id="reference"></div>
    <script src="/reference/swagger-ui-bundle.js"></script>
    <script src="/reference/start.js"></script>
  </body>
</html>
`;

/** Nothing from elsewhere, nothing in a frame; the page's own pictures are in its scripts. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const headers = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** The API for other languages, and a page that shows it and tries it out; neither tells anything that is secret. */
export const referenceRoutes = (): Hono<RequestEnv> => {
  let described: string | undefined;
  return new Hono<RequestEnv>()
    .get("/openapi.json", (context) => {
      described ??= JSON.stringify(describeApi(productVersion));
      return context.body(described, 200, {
        "content-type": "application/json",
        "access-control-allow-origin": "*",
      });
    })
    .get("/reference", (context) => context.html(page, 200, headers))
    .get("/reference/:file", async (context, next) => {
      const file = files[context.req.param("file")];
      if (!file) return next();
      return context.body(await readFile(file.path), 200, { ...headers, "content-type": file.type });
    });
};
