import type { Demo, Scope } from "../demo.ts";
import { downloadFile } from "../download-file.ts";
import { largestDifference } from "./largest-difference.ts";
import { labelOf, type Person } from "./people.ts";
import { readTensors } from "./safetensors.ts";
import type { Trained } from "./train-people.ts";

/** Compares each person's adapter with the one trained alone. @returns in the people's order, see {@link largestDifference} */
export const compareVersions = async (
  demo: Demo,
  people: Person[],
  { together, alone }: { together: Trained; alone: Trained },
): Promise<number[]> => {
  demo.screen.step("Compare each adapter with its own from alone, weight by weight");
  const differences: number[] = [];
  for (const [at, person] of people.entries()) {
    const found = await readVersion(demo, person.scope, together.versions[at]);
    const wanted = await readVersion(demo, person.scope, alone.versions[at]);
    const difference = largestDifference(found, wanted);
    differences.push(difference);
    demo.screen.line(`   ${labelOf(person).padEnd(22)} ${difference.toExponential(1)}`);
  }
  return differences;
};

const readVersion = async ({ client, signal }: Demo, scope: Scope, version: string | undefined) => {
  const { files } = await client.adapter.download.query({ ...scope, version }, { signal });
  const file = files.find(({ name }) => name === "adapter_model.safetensors");
  if (!file) throw new Error(`Version ${version} has no weights.`);
  return readTensors(await downloadFile(file, signal));
};
