import { adapterFolder } from "./adapter-folder.ts";
import type { Demo } from "./demo.ts";
import { brokenPromises, type Figures, lossFall } from "./figures.ts";
import type { Trained } from "./train.ts";

/** Prints where everything lies. */
export const showPlaces = ({ parts, screen }: Demo, run: Trained): void => {
  const { endpoint, bucket } = parts.objects;
  screen.step("Where everything lies");
  screen.line(`   object store   ${endpoint ?? "AWS S3"}, bucket ${bucket}`);
  screen.line(`   uploaded       ${adapterFolder}training_data/, ${adapterFolder}evaluation_data/`);
  screen.line(`   flags          ${adapterFolder}metadata/metadata.json`);
  screen.line(`   frozen rows    ${adapterFolder}runs/${run.runId}/attempts/${run.attempt}/`);
  screen.line(`   this version   ${adapterFolder}versions/${run.versionId}/`);
  screen.line(`   current one    ${adapterFolder}adapter_model.safetensors (a plain copy)`);
  screen.line(`   on this disk   ${parts.dataDir}`);
};

/** Prints the figures and every promise that they break. */
export const showFigures = ({ screen }: Demo, figures: Figures): void => {
  const { heldOutBefore, heldOutAfter, runSeconds, estimatedSeconds, peakMemoryMB } = figures;
  const fall = `${(100 * lossFall(figures)).toFixed(1)} %`;
  screen.step("Figures");
  screen.line(
    `   held-out loss  ${heldOutBefore.toFixed(3)} before, ${heldOutAfter.toFixed(3)} after (${fall} lower)`,
  );
  screen.line(`   training       ${figures.trainSeconds.toFixed(1)} s`);
  const estimated = estimatedSeconds === null ? "" : ` (estimated: ${estimatedSeconds.toFixed(1)} s)`;
  screen.line(`   the whole run  ${runSeconds.toFixed(1)} s${estimated}`);
  screen.line(`   in all         ${figures.totalSeconds.toFixed(1)} s`);
  if (peakMemoryMB !== null)
    screen.line(`   peak memory    ${peakMemoryMB} MB, the peaks of all processes added up`);
  const broken = brokenPromises(figures);
  for (const promise of broken) screen.line(`   BROKEN: ${promise}`);
  if (broken.length === 0) screen.line("   Every check passed.");
};
