import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { Demo } from "./demo.ts";
import { downloadVersion } from "./download-version.ts";
import { engineLogits } from "./engine-logits.ts";
import { heldOutFile, readChats } from "./persona-files.ts";
import { readObject } from "./read-object.ts";

const script = fileURLToPath(new URL("../check_adapter.py", import.meta.url));

/**
 * Loads the published version by plain PEFT in another process, the base in float32, and compares its
 * logits for the held-out chats with the engine's.
 *
 * @returns the largest absolute difference
 */
export const checkWithPeft = async (demo: Demo, version: string): Promise<number> => {
  demo.screen.step("Load the published adapter by plain PEFT in another process and compare");
  await using folder = await mkdtempDisposable(join(tmpdir(), "loraloom-demo-"));
  const conversations = await readChats(heldOutFile);
  const logitsFile = join(folder.path, "engine-logits.f32");
  await downloadVersion(demo, version, folder.path);
  await writeFile(logitsFile, await engineLogits(demo, version, conversations));
  const result = await runCheck(demo, {
    base: demo.parts.basePath,
    adapter: folder.path,
    engine_logits: logitsFile,
    conversations,
    template_variables: await templateVariables(demo, version),
  });
  const difference = result.max_difference.toExponential(1);
  demo.screen.line(`   ${result.conversations} chats, largest difference of a logit: ${difference}`);
  return result.max_difference;
};

type CheckResult = { max_difference: number; conversations: number };

const runCheck = async ({ parts, signal }: Demo, request: object): Promise<CheckResult> => {
  const { stdout } = await execa(parts.python, [script], {
    input: JSON.stringify(request),
    cancelSignal: signal,
    env: { HF_HUB_OFFLINE: "1", OMP_WAIT_POLICY: "PASSIVE" },
  });
  return JSON.parse(stdout) as CheckResult;
};

/** Chats of a version are rendered with the variables it was trained with; its manifest names them. */
const templateVariables = async ({ parts }: Demo, version: string): Promise<Record<string, string>> => {
  const manifest = await readObject(parts, `versions/${version}/manifest.json`);
  return (JSON.parse(manifest.toString()) as Manifest).templateVariables;
};

type Manifest = { templateVariables: Record<string, string> };
