ALTER TABLE "idempotency_keys" ALTER COLUMN "procedure" SET DEFAULT 'train.start';--> statement-breakpoint
ALTER TABLE "idempotency_keys" ALTER COLUMN "state" SET DEFAULT 'answered';--> statement-breakpoint
ALTER TABLE "idempotency_keys" ALTER COLUMN "claim_id" SET DEFAULT '';--> statement-breakpoint
ALTER TABLE "idempotency_keys" ALTER COLUMN "working_until" SET DEFAULT now();--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD COLUMN "run_id" text;--> statement-breakpoint
CREATE INDEX "runs_ending" ON "runs" USING btree ("engine_key") WHERE status = 'queued' and cancel_requested;--> statement-breakpoint
UPDATE "idempotency_keys" SET "run_id" = "made" WHERE "procedure" = 'train.start';
