/** Of the formats that training reads, and of the pictures that users have. */
const typesByExtension = new Map([
  ["jsonl", "application/jsonl"],
  ["json", "application/json"],
  ["csv", "text/csv"],
  ["tsv", "text/tab-separated-values"],
  ["txt", "text/plain"],
  ["md", "text/markdown"],
  ["html", "text/html"],
  ["pdf", "application/pdf"],
  ["docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["parquet", "application/vnd.apache.parquet"],
  ["gz", "application/gzip"],
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["webp", "image/webp"],
]);

/** The content type of a name; browsers know none for `.jsonl`, and of a path nobody says one. */
export const contentTypeOf = (name: string): string =>
  typesByExtension.get(name.slice(name.lastIndexOf(".") + 1).toLowerCase()) ?? "application/octet-stream";
