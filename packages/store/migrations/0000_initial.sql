CREATE SEQUENCE "public"."publish_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "adapters" (
	"user_id" text NOT NULL,
	"avatar_id" text NOT NULL,
	"state" text NOT NULL,
	"base_model" text NOT NULL,
	"generation" integer DEFAULT 1 NOT NULL,
	"current_version" text,
	"publish_seq" bigint DEFAULT 0 NOT NULL,
	"projected_seq" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "adapters_user_id_avatar_id_pk" PRIMARY KEY("user_id","avatar_id")
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"user_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"last_used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" text PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"key_id" text,
	"user_id" text,
	"avatar_id" text,
	"action" text NOT NULL,
	"subject" text
);
--> statement-breakpoint
CREATE TABLE "avatar_flags" (
	"user_id" text NOT NULL,
	"avatar_id" text NOT NULL,
	"kind" text NOT NULL,
	"rev" bigint DEFAULT 0 NOT NULL,
	"written_rev" bigint DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"written_flags" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"foreign_flags" jsonb DEFAULT '[]'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "avatars" (
	"user_id" text NOT NULL,
	"id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "avatars_user_id_id_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "backups" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"avatar_id" text NOT NULL,
	"version_id" text NOT NULL,
	"version_state" text NOT NULL,
	"base_model" text NOT NULL,
	"bytes" bigint NOT NULL,
	"manifest" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "exports" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"avatar_id" text NOT NULL,
	"version_id" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "files" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"avatar_id" text,
	"kind" text NOT NULL,
	"name" text collate "C" NOT NULL,
	"used" boolean DEFAULT true NOT NULL,
	"state" text NOT NULL,
	"deletion" text,
	"etag" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text,
	"content_type" text NOT NULL,
	"report" jsonb,
	"tokens" jsonb,
	"tokens_base" text,
	"inspections" integer DEFAULT 0 NOT NULL,
	"flag_rev" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "files_name" UNIQUE NULLS NOT DISTINCT("user_id","avatar_id","kind","name")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"user_id" text NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"run_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_user_id_key_pk" PRIMARY KEY("user_id","key")
);
--> statement-breakpoint
CREATE TABLE "run_events" (
	"run_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"attempt" integer NOT NULL,
	"type" text NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "run_events_run_id_seq_pk" PRIMARY KEY("run_id","seq")
);
--> statement-breakpoint
CREATE TABLE "run_metrics" (
	"run_id" text NOT NULL,
	"split" text NOT NULL,
	"step" integer NOT NULL,
	"attempt" integer NOT NULL,
	"loss" double precision NOT NULL,
	"learning_rate" double precision,
	"tokens" bigint NOT NULL,
	CONSTRAINT "run_metrics_run_id_split_step_pk" PRIMARY KEY("run_id","split","step")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text DEFAULT 'train' NOT NULL,
	"user_id" text NOT NULL,
	"avatar_id" text NOT NULL,
	"generation" integer NOT NULL,
	"name" text,
	"engine_key" text NOT NULL,
	"base_model" text NOT NULL,
	"config" jsonb NOT NULL,
	"inputs" jsonb NOT NULL,
	"template_variables" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"claimed_step" integer DEFAULT 0 NOT NULL,
	"worker_id" text,
	"lease_expires_at" timestamp with time zone,
	"not_before" timestamp with time zone DEFAULT now() NOT NULL,
	"cancel_requested" boolean DEFAULT false NOT NULL,
	"frozen" jsonb,
	"checkpoint" jsonb,
	"version_id" text,
	"abandoned_versions" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"progress" jsonb,
	"held_out_before" double precision,
	"held_out_after" double precision,
	"error" jsonb,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	"sweep_due_at" timestamp with time zone,
	"sweeps_left" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"erased_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "staged_prefixes" (
	"prefix" text PRIMARY KEY NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"abandoned" boolean DEFAULT false NOT NULL,
	"sweeps_left" integer DEFAULT 2 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "storage_probes" (
	"place" text PRIMARY KEY NOT NULL,
	"warnings" jsonb NOT NULL,
	"probed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"avatar_id" text,
	"kind" text NOT NULL,
	"name" text collate "C" NOT NULL,
	"size" bigint NOT NULL,
	"content_type" text NOT NULL,
	"sha256" text,
	"use_for_training" boolean,
	"state" text NOT NULL,
	"file_id" text,
	"part_size" bigint,
	"multipart_id" text,
	"part_hashes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"urls_end_at" timestamp with time zone DEFAULT now() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"completing_at" timestamp with time zone,
	"swept_at" timestamp with time zone,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" text PRIMARY KEY NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "version_inputs" (
	"version_id" text NOT NULL,
	"file_id" text NOT NULL,
	"name" text NOT NULL,
	"sha256" text NOT NULL,
	"role" text NOT NULL,
	CONSTRAINT "version_inputs_version_id_role_file_id_pk" PRIMARY KEY("version_id","role","file_id")
);
--> statement-breakpoint
CREATE TABLE "version_parents" (
	"version_id" text NOT NULL,
	"parent_id" text NOT NULL,
	"how" text NOT NULL,
	CONSTRAINT "version_parents_version_id_parent_id_pk" PRIMARY KEY("version_id","parent_id")
);
--> statement-breakpoint
CREATE TABLE "versions" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"avatar_id" text NOT NULL,
	"generation" integer NOT NULL,
	"state" text NOT NULL,
	"run_id" text NOT NULL,
	"engine_key" text NOT NULL,
	"base_model" text NOT NULL,
	"files" jsonb NOT NULL,
	"template_variables" jsonb NOT NULL,
	"metrics" jsonb NOT NULL,
	"restored_from" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_seq" bigint
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"id" text PRIMARY KEY NOT NULL,
	"url" text NOT NULL,
	"engine_key" text NOT NULL,
	"roles" jsonb NOT NULL,
	"state" text NOT NULL,
	"slots" integer NOT NULL,
	"free_memory_bytes" bigint,
	"tokens_per_second" integer,
	"device" text,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"heartbeat_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "adapters" ADD CONSTRAINT "adapters_user_id_avatar_id_avatars_user_id_id_fk" FOREIGN KEY ("user_id","avatar_id") REFERENCES "public"."avatars"("user_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "avatar_flags" ADD CONSTRAINT "avatar_flags_user_id_avatar_id_avatars_user_id_id_fk" FOREIGN KEY ("user_id","avatar_id") REFERENCES "public"."avatars"("user_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "avatars" ADD CONSTRAINT "avatars_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "backups" ADD CONSTRAINT "backups_user_id_avatar_id_avatars_user_id_id_fk" FOREIGN KEY ("user_id","avatar_id") REFERENCES "public"."avatars"("user_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exports" ADD CONSTRAINT "exports_version_id_versions_id_fk" FOREIGN KEY ("version_id") REFERENCES "public"."versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_user_id_avatar_id_avatars_user_id_id_fk" FOREIGN KEY ("user_id","avatar_id") REFERENCES "public"."avatars"("user_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_events" ADD CONSTRAINT "run_events_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_metrics" ADD CONSTRAINT "run_metrics_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_user_id_avatar_id_adapters_user_id_avatar_id_fk" FOREIGN KEY ("user_id","avatar_id") REFERENCES "public"."adapters"("user_id","avatar_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_user_id_avatar_id_avatars_user_id_id_fk" FOREIGN KEY ("user_id","avatar_id") REFERENCES "public"."avatars"("user_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "version_inputs" ADD CONSTRAINT "version_inputs_version_id_versions_id_fk" FOREIGN KEY ("version_id") REFERENCES "public"."versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "version_parents" ADD CONSTRAINT "version_parents_version_id_versions_id_fk" FOREIGN KEY ("version_id") REFERENCES "public"."versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "versions" ADD CONSTRAINT "versions_user_id_avatar_id_adapters_user_id_avatar_id_fk" FOREIGN KEY ("user_id","avatar_id") REFERENCES "public"."adapters"("user_id","avatar_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "adapters_unprojected" ON "adapters" USING btree ("user_id") WHERE projected_seq < publish_seq;--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_hash" ON "api_keys" USING btree ("hash");--> statement-breakpoint
CREATE UNIQUE INDEX "avatar_flags_folder" ON "avatar_flags" USING btree ("user_id","avatar_id","kind");--> statement-breakpoint
CREATE INDEX "backups_avatar" ON "backups" USING btree ("user_id","avatar_id","id");--> statement-breakpoint
CREATE INDEX "backups_version" ON "backups" USING btree ("version_id");--> statement-breakpoint
CREATE INDEX "exports_version" ON "exports" USING btree ("version_id");--> statement-breakpoint
CREATE INDEX "exports_expiry" ON "exports" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "files_unfinished" ON "files" USING btree ("updated_at") WHERE state <> 'ready' or sha256 is null;--> statement-breakpoint
CREATE INDEX "files_uncounted" ON "files" USING btree ("updated_at") WHERE tokens_base is null and kind in ('training_data', 'evaluation_data');--> statement-breakpoint
CREATE INDEX "runs_avatar" ON "runs" USING btree ("user_id","avatar_id","id");--> statement-breakpoint
CREATE INDEX "runs_queue" ON "runs" USING btree ("engine_key","created_at") WHERE status = 'queued';--> statement-breakpoint
CREATE INDEX "runs_leases" ON "runs" USING btree ("lease_expires_at") WHERE lease_expires_at is not null;--> statement-breakpoint
CREATE INDEX "runs_finished" ON "runs" USING btree ("finished_at");--> statement-breakpoint
CREATE INDEX "runs_sweeps" ON "runs" USING btree ("sweep_due_at") WHERE sweep_due_at is not null;--> statement-breakpoint
CREATE INDEX "staged_prefixes_due" ON "staged_prefixes" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "uploads_state" ON "uploads" USING btree ("state","expires_at");--> statement-breakpoint
CREATE INDEX "uploads_name" ON "uploads" USING btree ("user_id","avatar_id","kind","name");--> statement-breakpoint
CREATE INDEX "version_inputs_sha256" ON "version_inputs" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "version_parents_parent" ON "version_parents" USING btree ("parent_id");--> statement-breakpoint
CREATE INDEX "versions_avatar" ON "versions" USING btree ("user_id","avatar_id","id");--> statement-breakpoint
CREATE INDEX "workers_engine_key" ON "workers" USING btree ("engine_key","heartbeat_at");