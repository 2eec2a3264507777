const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/**
 * A number of bytes as messages name limits: `512 MiB`. Rounded up to a tenth, so that what is more than a limit reads
 * as more.
 */
export const byteSize = (bytes: number): string => {
  const power = units.findLastIndex((_, at) => at === 0 || bytes >= 1024 ** at);
  const amount = Math.ceil((bytes / 1024 ** power) * 10) / 10;
  return `${amount.toLocaleString("en-US")} ${units[power]}`;
};
