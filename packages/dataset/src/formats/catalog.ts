/** Every format that is read, as users know it. `example` is a file of it where it can be written down. */
export const formats = [
  {
    id: "chat-jsonl",
    title: "chat JSONL",
    example:
      '{"messages":[{"role":"user","content":"Who goes?"},{"role":"assistant","content":"Captain Ada."}]}',
  },
  {
    id: "prompt-completion-jsonl",
    title: "prompt and completion JSONL",
    example: '{"prompt":"Who goes?","completion":"Captain Ada."}',
  },
  {
    id: "openai-preference-jsonl",
    title: "OpenAI preference JSONL",
    example:
      '{"input":{"messages":[{"role":"user","content":"Who goes?"}]},"preferred_output":[{"role":"assistant","content":"Captain Ada."}],"non_preferred_output":[{"role":"assistant","content":"An AI."}]}',
  },
  {
    id: "trl-preference-jsonl",
    title: "TRL preference JSONL",
    example: '{"prompt":"Who goes?","chosen":"Captain Ada.","rejected":"An AI."}',
  },
  {
    id: "trl-unpaired-jsonl",
    title: "TRL unpaired preference JSONL",
    example: '{"prompt":"Who goes?","completion":"Captain Ada.","label":true}',
  },
  {
    id: "alpaca",
    title: "Alpaca",
    example: '{"instruction":"Name the captain.","input":"","output":"Captain Ada."}',
  },
  {
    id: "sharegpt",
    title: "ShareGPT",
    example: '{"conversations":[{"from":"human","value":"Who goes?"},{"from":"gpt","value":"Captain Ada."}]}',
  },
  {
    id: "dialog",
    title: "dialog JSON",
    example:
      '{"dialog":[{"speaker":"Ben","content":"Who goes?"},{"speaker":"Ada","content":"Captain Ada."}],"speaker":"Ada"}',
  },
  { id: "csv", title: "CSV", example: 'prompt,completion\nWho goes?,"Captain Ada, at your service."' },
  { id: "tsv", title: "TSV", example: "question\tanswer\nWho goes?\tCaptain Ada." },
  { id: "text-jsonl", title: "text JSONL", example: '{"text":"The log of Captain Ada."}' },
  { id: "plain-text", title: "plain text", example: "The log of Captain Ada.\n\nWe sailed at dawn." },
  { id: "markdown", title: "Markdown", example: "# The log of Captain Ada\n\nWe sailed at *dawn*." },
  {
    id: "speaker-lines",
    title: "speaker lines",
    example: "Ben: Who goes?\nAda: Captain Ada.\nBen: Where to?\nAda: Home.",
  },
  {
    id: "html",
    title: "HTML",
    example: "<!doctype html><title>Log</title><p>We sailed at dawn.</p>",
  },
  { id: "pdf", title: "PDF", example: null },
  { id: "docx", title: "DOCX", example: null },
  { id: "parquet", title: "Parquet", example: null },
] as const satisfies { id: string; title: string; example: string | null }[];

export type FormatId = (typeof formats)[number]["id"];

const titles = new Map<FormatId, string>(formats.map(({ id, title }) => [id, title]));

export const titleOf = (id: FormatId): string => titles.get(id) ?? id;

/** For messages about files that are none of them. */
export const knownFormats = (): string => formats.map(({ title }) => title).join(", ");
