ALTER TABLE "runs" ADD COLUMN "origin" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "steps_forgotten_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "drain_requested" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "audit_log_user" ON "audit_log" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "audit_log_key" ON "audit_log" USING btree ("key_id","id");--> statement-breakpoint
CREATE INDEX "runs_steps_kept" ON "runs" USING btree ("finished_at") WHERE steps_forgotten_at is null;