const typesByExtension = new Map([
  ["jsonl", "application/jsonl"],
  ["json", "application/json"],
  ["csv", "text/csv"],
  ["txt", "text/plain"],
  ["md", "text/markdown"],
]);

/** The content type of a name; browsers know none for `.jsonl`. */
export const contentTypeOf = (name: string): string =>
  typesByExtension.get(name.slice(name.lastIndexOf(".") + 1).toLowerCase()) ?? "application/octet-stream";
