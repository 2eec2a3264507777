CREATE TABLE "erasures" (
	"hash" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"avatar_id" text,
	"upload_ids" jsonb NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sweeps_left" integer DEFAULT 2 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tombstones" (
	"hash" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"erased_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "user_secrets" (
	"user_id" text NOT NULL,
	"name" text NOT NULL,
	"id" text NOT NULL,
	"sealed" jsonb NOT NULL,
	"set_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_secrets_user_id_name_pk" PRIMARY KEY("user_id","name")
);
--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_hash_tombstones_hash_fk" FOREIGN KEY ("hash") REFERENCES "public"."tombstones"("hash") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_secrets" ADD CONSTRAINT "user_secrets_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "erasures_due" ON "erasures" USING btree ("due_at");