ALTER TABLE "runs" ADD COLUMN "crashed_step" integer;--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "object_failures" bigint;--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "object_retries" bigint;