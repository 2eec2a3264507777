import { join } from "node:path";
import { defaultHyperparameters as defaults } from "@loraloom/dataset";
import { LoraloomError } from "@loraloom/errors";
import type { EvaluateLine, EvaluateRequest } from "@loraloom/store/workers";
import { templateVariablesAt } from "../freeze/template-variables.ts";
import { tokenizeRequestRows } from "./request-rows.ts";
import { readMatrixRows } from "./safetensors-rows.ts";
import type { Serving } from "./serving.ts";

/**
 * A method's loss on the rows that it uses and, where asked for, the logits at each one's last position.
 *
 * @throws LoraloomError `no_usable_rows`, `version_not_found`, `corrupt_adapter`, `engine_crashed`, …
 */
export async function* evaluateLines(
  serving: Serving,
  request: EvaluateRequest,
): AsyncGenerator<EvaluateLine> {
  const { engine, adapters } = serving;
  const measure = request.measure ?? { method: "sft" as const };
  await using lent = request.adapter ? await adapters.lend(request.adapter) : undefined;
  await using rows = await tokenizeRequestRows(serving, {
    rows: request.rows,
    method: measure.method,
    maxLength: engine.base.context_length,
    templateVariables: lent?.version.templateVariables ?? templateVariablesAt(new Date()),
  });
  if (rows.counts.examples === 0)
    throw new LoraloomError(
      "no_usable_rows",
      `'${measure.method}' finds no token to score in any of the ${request.rows.length} rows.`,
    );
  const logitsPath = request.logits ? join(rows.folder, "logits.safetensors") : null;
  const { loss, accuracy, perplexity, tokens, preferences } = await engine.ask("evaluate", {
    rows_path: rows.tokenizedPath,
    method: measure.method,
    beta: measure.beta ?? defaults.beta,
    desirable_weight: measure.desirableWeight ?? defaults.desirableWeight,
    undesirable_weight: measure.undesirableWeight ?? defaults.undesirableWeight,
    adapter: lent?.name ?? null,
    dtype: request.dtype,
    logits_path: logitsPath,
  });
  const logits = logitsPath && (await readMatrixRows(logitsPath, "logits"));
  yield {
    type: "result",
    loss,
    accuracy,
    perplexity,
    tokens,
    preferences,
    logits: logits ? logits.map((row) => row.toString("base64")) : null,
    vocabSize: engine.base.vocab_size,
  };
}
