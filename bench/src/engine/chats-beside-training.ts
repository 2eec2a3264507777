import { join } from "node:path";
import { type Figure, figure } from "../results/figure.ts";
import type { Measured } from "../results/result.ts";
import type { BaseModel } from "../services/base-model.ts";
import { engineProgram } from "./engine-program.ts";
import { runPython } from "./python-child.ts";
import type { EngineSizes } from "./sizes.ts";
import type { Targets } from "./targets.ts";

type Told = {
  chats: number;
  longestPromptTokens: number;
  firstTokenSeconds: { p50: number; p95: number; most: number };
  trainedTokensPerSecond: { alone: number[]; withChats: number[] };
  trainingLost: number;
};

/** How soon chats begin while runs train on the same engine, one of its own, and what training loses to them. */
export const measureChats = async (
  { base, folder }: { base: BaseModel; folder: string },
  { dtype, chatting }: EngineSizes,
  held: Targets,
): Promise<{ measured: Measured[]; figures: Figure[] }> => {
  const { runs, rounds, window } = chatting;
  const options = { base: base.path, folder: join(folder, "chats"), dtype, runs, rounds, window };
  const told = await runPython<Told>(
    engineProgram(
      "chats_beside_training.py",
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    ),
  );
  const { p50, p95, most } = told.firstTokenSeconds;
  const { alone, withChats } = told.trainedTokensPerSecond;
  return {
    measured: [
      {
        name: `first token of a chat beside ${runs} runs, p95`,
        value: p95,
        unit: "s",
        target: held["first token"],
        spread: [p50, most],
        needs: [],
      },
      {
        name: `training lost to chats beside ${runs} runs`,
        value: told.trainingLost,
        unit: "of its rate",
        target: held["lost to chats"],
        spread: [told.trainingLost, told.trainingLost],
        needs: [],
      },
    ],
    figures: [
      figure("chats beside training", [told.chats], "chats"),
      figure("longest prompt of a chat beside training", [told.longestPromptTokens], "tokens"),
      figure("training without chats", alone, "tokens/s"),
      figure("training with chats", withChats, "tokens/s"),
    ],
  };
};
