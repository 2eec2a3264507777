CREATE TABLE "awaited_bases" (
	"engine_key" text PRIMARY KEY NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	"asked_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "next_engine_key" text;--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "bases" jsonb DEFAULT '[]'::jsonb NOT NULL;