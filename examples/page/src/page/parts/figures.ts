/** Figures as people read them. */
const plain = new Intl.NumberFormat("en");
const bytes = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const units = ["B", "kB", "MB", "GB", "TB"] as const;

export const count = (value: number): string => plain.format(value);

/** @example counted(1, "row") // 1 row */
export const counted = (value: number, thing: string): string =>
  `${count(value)} ${thing}${value === 1 ? "" : "s"}`;

export const size = (value: number): string => {
  const at = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  return `${bytes.format(value / 1000 ** at)} ${units[at]}`;
};

export const duration = (seconds: number): string => {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

export const loss = (value: number): string => value.toFixed(3);

/** @example share(0.375) // 37.5 % */
export const share = (value: number): string => `${(100 * value).toFixed(1)} %`;
