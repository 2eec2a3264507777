import type { TokenizeLine, TokenizeRequest } from "@loraloom/store/workers";
import { templateVariablesAt } from "../freeze/template-variables.ts";
import { tokenizeRequestRows } from "./request-rows.ts";
import type { Serving } from "./serving.ts";

/** Counts the tokens of rows with the tokenizer that trains. @throws LoraloomError `bad_input`, `engine_crashed` */
export async function* tokenizeLines(
  serving: Serving,
  request: TokenizeRequest,
): AsyncGenerator<TokenizeLine> {
  await using rows = await tokenizeRequestRows(serving, {
    ...request,
    templateVariables: templateVariablesAt(new Date()),
  });
  const { tokens_total: total, tokens_trained: trained, longest } = rows.counts;
  yield { type: "result", total, trained, longest };
}
