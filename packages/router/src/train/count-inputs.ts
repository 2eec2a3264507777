import { addLengths, type LengthCounts } from "@loraloom/dataset";
import { byteSize, LoraloomError } from "@loraloom/errors";
import type { StoredFile } from "@loraloom/store/files";
import { fileKey } from "@loraloom/store/keys";
import type { RunConfig } from "@loraloom/store/tables";
import { usualReading } from "../files/count-tokens.ts";
import type { Inference } from "../inference.ts";

/** A few seconds' work of a tokenizer. */
const mostBytes = 64 * 1024 ** 2;

/** `longestPrompt` is 0 and `byLength` empty where nobody needs them. */
export type Counts = {
  examples: number;
  total: number;
  trained: number;
  longest: number;
  longestPrompt: number;
  overLength: number;
  byLength: LengthCounts;
};
type Reading = Parameters<Inference["countTokens"]>[0]["reading"];
export type CountRequest = {
  inference: Pick<Inference, "countTokens">;
  baseModel: string;
  /** The key of the engine that counts; asked only where something is left to count. */
  trainer: () => Promise<string>;
  config: Pick<RunConfig, "method" | "maxLength" | "overLength" | "speaker" | "packing">;
  signal: AbortSignal;
};

/**
 * The tokens of files as a run would read them: those that their reports have where they are of the same reading,
 * else counted now. A file that nobody has looked into yet is counted as well.
 *
 * @throws LoraloomError `too_large` where that would take long, and as `trainer` and `Inference.countTokens`
 */
export const countInputs = async (files: StoredFile[], request: CountRequest): Promise<Counts> => {
  const readable = files.filter(({ report }) => report?.usableRows !== 0);
  const uncounted = readable.filter((file) => !countsOf(file, request));
  requireFew(uncounted);
  let sum = noCounts;
  for (const file of readable) sum = add(sum, countsOf(file, request) ?? noCounts);
  if (uncounted.length === 0) return sum;
  const engineKey = await request.trainer();
  for (const file of uncounted) sum = add(sum, await countNow(file, { ...request, engineKey }));
  return sum;
};

/** A report doesn't hold how many examples there are of each length, which packing goes by. */
const countsOf = (file: StoredFile, { baseModel, config }: CountRequest): Counts | undefined => {
  if (config.packing) return undefined;
  const isOfMethod = config.method === usualReading.method;
  const isOfReading =
    isOfMethod && isOfUsualLength(config) && (!config.speaker || file.report?.dialogs === 0);
  return isOfReading && file.tokensBase === baseModel && file.tokens
    ? { ...file.tokens, longestPrompt: 0, byLength: [] }
    : undefined;
};

const isOfUsualLength = ({ maxLength, overLength }: CountRequest["config"]): boolean =>
  maxLength === usualReading.maxLength && whileCounting(overLength) === usualReading.overLength;

const readingOf = ({ method, maxLength, overLength, speaker = null }: CountRequest["config"]): Reading => ({
  method,
  maxLength,
  overLength: whileCounting(overLength),
  speaker,
  // Whether a file with faults is refused is another question.
  skipInvalidRows: true,
});

/** A run would end at the first row that is too long; here they are counted. */
const whileCounting = (overLength: RunConfig["overLength"]) =>
  overLength === "raise" ? "truncate" : overLength;

const countNow = (
  file: StoredFile,
  { inference, engineKey, config, signal }: CountRequest & { engineKey: string },
): Promise<Counts> => {
  const object = { name: file.name, key: fileKey(file, file.kind, file.name), etag: file.etag };
  return inference.countTokens({ engineKey, file: object, reading: readingOf(config) }, { signal });
};

const requireFew = (uncounted: StoredFile[]): void => {
  const bytes = uncounted.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= mostBytes) return;
  throw new LoraloomError(
    "too_large",
    `The tokens of ${uncounted.length} files with ${byteSize(bytes)} have yet to be counted for these options; ${byteSize(mostBytes)} are counted at once.`,
    { details: { files: uncounted.length, bytes, mostBytes } },
  );
};

const noCounts: Counts = {
  examples: 0,
  total: 0,
  trained: 0,
  longest: 0,
  longestPrompt: 0,
  overLength: 0,
  byLength: [],
};

const add = (sum: Counts, more: Counts): Counts => ({
  examples: sum.examples + more.examples,
  total: sum.total + more.total,
  trained: sum.trained + more.trained,
  longest: Math.max(sum.longest, more.longest),
  longestPrompt: Math.max(sum.longestPrompt, more.longestPrompt),
  overLength: sum.overLength + more.overLength,
  byLength: addLengths(sum.byLength, more.byLength),
});
