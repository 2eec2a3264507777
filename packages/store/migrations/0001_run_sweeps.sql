ALTER TABLE "runs" ADD COLUMN "template_variables" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "abandoned_versions" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "sweeps_left" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "runs_sweeps" ON "runs" USING btree ("sweep_due_at") WHERE sweep_due_at is not null;