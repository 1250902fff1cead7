DROP TRIGGER users_end_sessions ON users;
--> statement-breakpoint
DROP FUNCTION kura_end_sessions();
--> statement-breakpoint
DROP TABLE "audit_events" CASCADE;
--> statement-breakpoint
DROP TABLE "idempotency_keys" CASCADE;
--> statement-breakpoint
DROP TABLE "limits" CASCADE;
--> statement-breakpoint
DROP TABLE "mail_tokens" CASCADE;
--> statement-breakpoint
DROP TABLE "posts" CASCADE;
--> statement-breakpoint
DROP TABLE "sessions" CASCADE;
--> statement-breakpoint
ALTER TABLE "users" DROP COLUMN "email_verified_at";
