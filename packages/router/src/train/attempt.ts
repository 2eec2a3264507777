import { type ErrorCode, isLoraloomError, type LoraloomError } from "@loraloom/errors";

export type Attempt<Value> =
  | { value: Value; refusal?: undefined }
  | { value?: undefined; refusal: LoraloomError };

/** A call that was given up, or that is about what the caller may not see, has no answer at all. */
const unanswered: ErrorCode[] = ["request_cancelled", "user_mismatch"];

/** What work comes to, or the coded error that it ends with. */
export const attempt = async <Value>(work: () => Promise<Value>): Promise<Attempt<Value>> => {
  try {
    return { value: await work() };
  } catch (error) {
    if (!isLoraloomError(error) || unanswered.includes(error.code)) throw error;
    return { refusal: error };
  }
};

/** An error as a part of an answer. */
export const reasonOf = ({ code, message }: LoraloomError): { code: string; reason: string } => ({
  code,
  reason: message,
});
