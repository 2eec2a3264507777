/** Numbers as people read them. */

const units = ["B", "kB", "MB", "GB", "TB"];

/** `1.2 MB`: powers of 1000, as file managers count. */
export const formatBytes = (bytes: number): string => {
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  const digits = power === 0 || amount >= 100 ? 0 : 1;
  return `${amount.toFixed(digits)} ${units[power]}`;
};

/** `12,345` */
export const formatCount = (count: number): string => count.toLocaleString("en-US");

/** `3 files`, `1 file` */
export const plural = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

/** `45 s`, `3 min 5 s`, `2 h 10 min` */
export const formatSeconds = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
};

/** `2026-01-31 09:05`, in this machine's time zone. */
export const formatDate = (date: Date): string => {
  const two = (part: number) => String(part).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
};

/** `2.836`; losses are means in nats a token. */
export const formatLoss = (loss: number): string => loss.toFixed(3);

/** `37.5 %` of a share from 0 to 1. */
export const formatShare = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** `0.04 EUR`; less than a cent keeps two digits that count. */
export const formatCost = ({ amount, currency }: { amount: number; currency: string | null }): string => {
  const isSmall = amount > 0 && amount < 0.01;
  const digits = isSmall
    ? { maximumSignificantDigits: 2 }
    : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return [amount.toLocaleString("en-US", digits), currency].filter(Boolean).join(" ");
};
