/** By their formats: chat, prompt and completion, Alpaca, ShareGPT, dialog, CSV, PDF, DOCX, HTML, Parquet. */
export const tenFiles = [
  "chat.jsonl",
  "prompt-completion.jsonl",
  "alpaca.jsonl",
  "sharegpt.jsonl",
  "dialog.json",
  "prompt-completion.csv",
  "log.pdf",
  "log.docx",
  "page.html",
  "prompts.parquet",
];
