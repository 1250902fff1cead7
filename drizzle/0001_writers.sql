-- What the database itself keeps, whoever writes: updated_at, version, and the defaults of every session.
CREATE FUNCTION kura_set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE FUNCTION kura_raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER users_updated_at BEFORE UPDATE ON users
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION kura_set_updated_at();
--> statement-breakpoint
CREATE TRIGGER users_version BEFORE UPDATE ON users
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION kura_raise_version();
--> statement-breakpoint
-- A one-shot statement over HTTP has no session to set up, so the reference's session settings are the database's own.
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET timezone TO %L', current_database(), 'UTC');
  EXECUTE format('ALTER DATABASE %I SET statement_timeout TO %L', current_database(), '30s');
END
$$;
