import type { Logger } from "./store.ts";

type Level = keyof Logger;

/** A log whose every line has these fields, such as the request that the work belongs to. */
export const withFields = (log: Logger, common: object): Logger => {
  const line = (level: Level) => (fields: object | string, message?: string) =>
    typeof fields === "string"
      ? log[level](common, fields)
      : log[level]({ ...common, ...fields }, message ?? "");
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
};
