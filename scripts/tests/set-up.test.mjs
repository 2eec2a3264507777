import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkDisk } from "../set-up/check-disk.mjs";
import { checkNode } from "../set-up/check-node.mjs";
import { explainFailure } from "../set-up/explain-failure.mjs";
import { findPython } from "../set-up/find-python.mjs";

let folder;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loraloom set-up "));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** A program that answers as a Python of that version would. */
const placePython = async (name, version, hasVenv = "True") => {
  await writeFile(join(folder, name), `#!/bin/sh\necho ${version}\necho ${hasVenv}\n`);
  await chmod(join(folder, name), 0o755);
};

test("the newest Python that is good enough is taken", async () => {
  vi.stubEnv("PATH", folder);
  await placePython("python3.11", "3.11.2");
  await placePython("python3.12", "3.12.1");
  expect(await findPython("")).toMatchObject({ file: "python3.12", version: "3.12.1" });
});

test("without any Python the sentence says what to install", async () => {
  vi.stubEnv("PATH", folder);
  await expect(findPython("")).rejects.toThrow(/^No Python was found: install Python 3\.11 or newer/);
});

test("a Python that is too old is named with its version", async () => {
  vi.stubEnv("PATH", folder);
  await placePython("python3", "3.9.18");
  await expect(findPython("")).rejects.toThrow(/^'python3' is Python 3\.9\.18, but 3\.11 or newer is needed/);
});

test("a Python without venv is named with the package that brings it", async () => {
  vi.stubEnv("PATH", folder);
  await placePython("python3", "3.12.3", "False");
  await expect(findPython("")).rejects.toThrow(
    /^'python3' \(3\.12\.3\) lacks the module venv: .*python3-venv/,
  );
});

test("a wrong LORALOOM_PYTHON is named", async () => {
  await expect(findPython("/no/such/python")).rejects.toThrow(/^LORALOOM_PYTHON names '\/no\/such\/python'/);
});

test("a disk that is too small is named with what is free and what is needed", async () => {
  await expect(checkDisk(folder, 1e18)).rejects.toThrow(
    /needs about 1000000000\.0 GB .* only \d+\.\d GB are free/,
  );
  await expect(checkDisk(folder, 1)).resolves.toBeUndefined();
});

test("a Node that is too old is named", () => {
  expect(() => checkNode("18.20.4")).toThrow(/^This is Node 18\.20\.4, but 20 or newer is needed/);
  expect(() => checkNode("20.0.0")).not.toThrow();
});

test("a registry that can't be reached is named after a failed download", async () => {
  vi.stubEnv("HTTPS_PROXY", "");
  vi.stubEnv("https_proxy", "");
  const explain = (registry) => explainFailure({ folder, registry });
  expect(await explain("http://registry.invalid/simple")).toMatch(/^'registry\.invalid' can't be reached/);
  expect(await explain(undefined)).toMatch(/^The lines above say why/);
});
