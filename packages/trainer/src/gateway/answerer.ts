import { getRun } from "@loraloom/store/runs";
import type { SampleRequest } from "@loraloom/store/workers";
import { templateVariablesAt } from "../freeze/template-variables.ts";
import type { Serving } from "./serving.ts";

/** Whose weights answer, as the engine is told of it; held while the answer lasts. */
export type Answerer = AsyncDisposable & {
  voice: { adapter: string | null; run_id: string | null };
  /** Those that it was trained with, so that its chats see the prompt that it learned from. */
  templateVariables: Record<string, string>;
};

/**
 * Who may read a version or a run is asked of the database each time.
 *
 * @throws LoraloomError `version_not_found`, `corrupt_adapter`, `run_not_found`
 */
export const findAnswerer = async (
  { adapters, store }: Pick<Serving, "adapters" | "store">,
  asked: SampleRequest["adapter"],
): Promise<Answerer> => {
  if (!asked) return unheld({ adapter: null, run_id: null });
  if ("runId" in asked) {
    const run = await getRun(store, asked, asked.runId);
    return unheld({ adapter: null, run_id: run.id }, run.frozen?.templateVariables);
  }
  const lent = await adapters.lend(asked);
  return {
    voice: { adapter: lent.name, run_id: null },
    templateVariables: lent.version.templateVariables,
    [Symbol.asyncDispose]: () => lent[Symbol.asyncDispose](),
  };
};

/** The engine itself keeps what such an answer needs. */
const unheld = (voice: Answerer["voice"], templateVariables = templateVariablesAt(new Date())): Answerer => ({
  voice,
  templateVariables,
  [Symbol.asyncDispose]: async () => {},
});
