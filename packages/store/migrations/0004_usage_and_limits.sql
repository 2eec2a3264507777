CREATE TABLE "limits" (
	"user_id" text PRIMARY KEY NOT NULL,
	"changes" jsonb NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "usage_ledger" (
	"user_id" text NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"tokens" bigint NOT NULL,
	"gpu_seconds" double precision NOT NULL,
	"cost" double precision NOT NULL,
	CONSTRAINT "usage_ledger_user_id_hour_pk" PRIMARY KEY("user_id","hour")
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "held_by" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "billed_step" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "billed_tokens" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "billed_seconds" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "open_seconds" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "cost" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "usage_ledger_hour" ON "usage_ledger" USING btree ("hour");--> statement-breakpoint
CREATE INDEX "files_bytes" ON "files" USING btree ("user_id","size") WHERE state <> 'deleting';--> statement-breakpoint
CREATE INDEX "runs_waiting" ON "runs" USING btree ("engine_key","user_id","created_at","not_before") WHERE status = 'queued';--> statement-breakpoint
CREATE INDEX "runs_working" ON "runs" USING btree ("user_id") WHERE status in ('preparing', 'training', 'exporting');--> statement-breakpoint
CREATE INDEX "runs_held" ON "runs" USING btree ("user_id") WHERE held_by is not null;--> statement-breakpoint
CREATE INDEX "uploads_coming" ON "uploads" USING btree ("user_id") WHERE state in ('open', 'completing');