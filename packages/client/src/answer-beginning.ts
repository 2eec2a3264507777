/** Enough to tell an answer of our calls from those of others. */
const characters = 16;

/** A batch of outcomes, or the first line of a stream of them, as superjson writes it. */
const ours = /^(\[\{"(result|error)"|\{"json":\{"0":\[\[)/;

/** Whether a JSON answer begins as those of calls do, or is cut off before that shows. Reads a copy. */
export const lookAtBeginning = async (response: Response): Promise<"ours" | "cut off" | "foreign"> => {
  const { text, isWhole } = await beginningOf(response.clone());
  if (ours.test(text)) return "ours";
  return isWhole && !isJson(text) ? "cut off" : "foreign";
};

const beginningOf = async ({ body }: Response): Promise<{ text: string; isWhole: boolean }> => {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader && text.length < characters) {
    const { done, value } = await reader.read();
    if (done) return { text, isWhole: true };
    text += value;
  }
  await reader?.cancel();
  return { text, isWhole: reader === undefined };
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
