import { askQuestions } from "./ask-questions.ts";
import { checkFrozenRows } from "./check-frozen-rows.ts";
import { checkWithPeft } from "./check-with-peft.ts";
import type { Demo } from "./demo.ts";
import type { Figures } from "./figures.ts";
import { peakMemoryMB } from "./memory.ts";
import { showAnswers } from "./show-answers.ts";
import { showFigures, showPlaces } from "./show-figures.ts";
import { train } from "./train.ts";
import { uploadFiles } from "./upload-files.ts";

/** The main job from files to a chat with their adapter; `startedAt` is `performance.now()` at the start. */
export const runDemo = async (demo: Demo, startedAt: number): Promise<Figures> => {
  await uploadFiles(demo);
  demo.screen.step("Ask three questions before training");
  const before = await askQuestions(demo, "base");
  demo.screen.line("   asked; the answers stand beside the later ones below");
  const run = await train(demo);
  demo.screen.step("Ask the same questions again");
  showAnswers(demo.screen, before, await askQuestions(demo, run.versionId));
  const excludedAbsent = await checkFrozenRows(demo, run);
  const peftMaxDiff = await checkWithPeft(demo, run.versionId);
  showPlaces(demo, run);
  const figures = {
    heldOutBefore: run.heldOutBefore,
    heldOutAfter: run.heldOutAfter,
    excludedAbsent,
    peftMaxDiff,
    trainSeconds: run.trainSeconds,
    runSeconds: run.runSeconds,
    estimatedSeconds: run.estimatedSeconds,
    totalSeconds: (performance.now() - startedAt) / 1000,
    peakMemoryMB: await peakMemoryMB([process.pid, demo.parts.launcherPid]),
  };
  showFigures(demo, figures);
  return figures;
};
