import type { EngineOptions } from "../../src/engine/load-engine.ts";
import { sharedInterpreter } from "./tiny-engine.ts";

/** Engines that are killed the hard way as soon as they have taken a step, which they don't get to tell of. */
export const crashingEngine = (isFatal: (step: { runId: string; step: number }) => boolean) => {
  const startEngine = async () => {
    const child = await sharedInterpreter.startEngine();
    async function* linesUntilDeath(): AsyncGenerator<string> {
      let isDead = false;
      for await (const line of child.lines) {
        const { type, run_id: runId, step } = JSON.parse(line);
        if (!isDead && type === "progress" && isFatal({ runId, step })) {
          isDead = true;
          child.kill("SIGKILL");
        }
        if (!isDead) yield line;
      }
    }
    return { ...child, lines: linesUntilDeath() };
  };
  return { startEngine } satisfies EngineOptions["spare"];
};
