import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { planParts } from "./plan-parts.ts";
import { findFreePort, isPortFree } from "./ports.ts";
import { writePrivateJson } from "./private-json.ts";
import { choosePorts, readPorts } from "./remembered-ports.ts";
import { readSettings } from "./settings.ts";

const createFolder = () => mkdtempDisposable(join(tmpdir(), "loraloom-ports-"));

/** What a start on that folder says about its ports. */
const planOn = async (dataDir: string, environment: Record<string, string> = {}) => {
  const lines: string[] = [];
  const settings = { ...readSettings({}), dataDir, environment };
  await planParts(settings, { report: (line) => void lines.push(line) });
  return lines;
};

test("a remembered port that is taken is replaced, which is said once and remembered", async () => {
  await using folder = await createFolder();
  const path = join(folder.path, "ports.json");
  const { ports, giveBack } = await choosePorts(path);
  const { host: _taken, ...others } = giveBack;
  for (const giveBackOther of Object.values(others)) await giveBackOther();
  const lines = await planOn(folder.path);
  const now = readPorts(path)?.host;
  expect(now).not.toBe(ports.host);
  expect(lines).toEqual([
    `Port ${ports.host} is taken; the service listens on ${now} from now on (remembered in ${path}).`,
  ]);
});

test("a taken port that the user's own settings replace is not spoken of", async () => {
  await using folder = await createFolder();
  const { giveBack } = await choosePorts(join(folder.path, "ports.json"));
  const { postgres: _taken, ...others } = giveBack;
  for (const giveBackOther of Object.values(others)) await giveBackOther();
  const own = { LORALOOM_PORT: "0", LORALOOM_GATEWAY_PORT: "0", DATABASE_URL: "postgres://db.example/x" };
  expect(await planOn(folder.path, own)).toEqual([]);
});

test("every port is held until the part starts that it is for; those of the user's own services are not", async () => {
  await using folder = await createFolder();
  const path = join(folder.path, "ports.json");
  // Any other launcher on a new folder takes the usual one.
  writePrivateJson(path, { host: await findFreePort() });
  const areFree = async () =>
    Promise.all(Object.values(readPorts(path) ?? {}).map((port) => isPortFree(port)));
  const settings = { ...readSettings({}), dataDir: folder.path };
  const { parts } = await planParts(settings, { report: () => {} });
  expect(await areFree()).toEqual(Array(8).fill(false));
  for (const part of parts.filter(({ name }) => name !== "postgres")) await part.prepare();
  expect(await areFree()).toEqual([true, true, false, true, true, true, true, true]);
  const environment = { DATABASE_URL: "postgres://db.example/x", S3_BUCKET: "mine", S3_REGION: "eu" };
  await planParts({ ...settings, environment }, { report: () => {} });
  expect(await areFree()).toEqual([false, false, true, true, true, true, true, true]);
});

test("launchers on several folders that start at once choose different ports", async () => {
  await using folder = await createFolder();
  const paths = ["a", "b", "c"].map((name) => join(folder.path, name));
  const host = await findFreePort();
  for (const path of paths) writePrivateJson(path, { host });
  const chosen = await Promise.all(paths.map(choosePorts));
  expect(new Set(chosen.map(({ ports }) => ports.host))).toHaveLength(3);
});
