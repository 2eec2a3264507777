CREATE TABLE "storage_probes" (
	"place" text PRIMARY KEY NOT NULL,
	"warnings" jsonb NOT NULL,
	"probed_at" timestamp with time zone DEFAULT now() NOT NULL
);
