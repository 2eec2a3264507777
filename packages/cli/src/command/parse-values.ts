import { InvalidArgumentError } from "commander";

type Bounds = { min: number; max: number };

/** For the values of options. @throws InvalidArgumentError, which commander shows with the option's name */
export const parseWhole =
  ({ min, max }: Bounds) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };

export const parseNumber =
  ({ min, max }: Bounds) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };

/** `2027-01-31`, a time with its zone, or days from now such as `90d`. */
export const parseExpiry = (text: string): Date => {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const date = days === undefined ? new Date(text) : new Date(Date.now() + Number(days) * 86_400_000);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError("It must be a date such as 2027-01-31, or days from now such as 90d.");
};

const secondsOf: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A number of seconds as `90m`, `12h` or `7d`; `0` too. */
export const parseSpan =
  ({ maxDays }: { maxDays: number }) =>
  (text: string): number => {
    const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    const seconds = text === "0" ? 0 : Number(count) * (secondsOf[unit ?? ""] ?? Number.NaN);
    if (seconds <= maxDays * 86_400) return seconds;
    throw new InvalidArgumentError(
      `It must be 0, or a number and s, m, h or d, such as 90m, 12h or 7d, and at most ${maxDays}d.`,
    );
  };

/** `2027-01-31`, a time with its zone, or days ago such as `7d`. */
export const parseMoment = (text: string): Date => {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const date = days === undefined ? new Date(text) : new Date(Date.now() - Number(days) * 86_400_000);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError("It must be a date such as 2027-01-31, or days ago such as 7d.");
};

/** Adds one more value of an option that can be repeated. */
export const collect = (value: string, values: string[] = []): string[] => [...values, value];
