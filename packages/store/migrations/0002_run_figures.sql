ALTER TABLE "run_metrics" ADD COLUMN "at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "run_metrics" ADD COLUMN "epoch" double precision;--> statement-breakpoint
ALTER TABLE "run_metrics" ADD COLUMN "gradient_norm" double precision;--> statement-breakpoint
ALTER TABLE "run_metrics" ADD COLUMN "tokens_per_second" double precision;--> statement-breakpoint
ALTER TABLE "run_metrics" ADD COLUMN "figures" jsonb;