DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I RESET statement_timeout', current_database());
  EXECUTE format('ALTER DATABASE %I RESET timezone', current_database());
END
$$;
--> statement-breakpoint
DROP TRIGGER users_version ON users;
--> statement-breakpoint
DROP TRIGGER users_updated_at ON users;
--> statement-breakpoint
DROP FUNCTION kura_raise_version();
--> statement-breakpoint
DROP FUNCTION kura_set_updated_at();
