import { isLoraloomError, type LoraloomError } from "@loraloom/errors";

export type Attempt<Value> =
  | { value: Value; refusal?: undefined }
  | { value?: undefined; refusal: LoraloomError };

/** What work comes to, or the coded error that it ends with; a call that was given up stays an error. */
export const attempt = async <Value>(work: () => Promise<Value>): Promise<Attempt<Value>> => {
  try {
    return { value: await work() };
  } catch (error) {
    if (!isLoraloomError(error) || error.code === "request_cancelled") throw error;
    return { refusal: error };
  }
};

/** An error as a part of an answer. */
export const reasonOf = ({ code, message }: LoraloomError): { code: string; reason: string } => ({
  code,
  reason: message,
});
