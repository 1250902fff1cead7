-- A statement that misses its row fails in the database, so that the batch it belongs to is not saved without it.
-- SQLSTATE KU404 is not_found, KU412 stale_version.
CREATE FUNCTION kura_fail(state text, relation text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = state, TABLE = relation, MESSAGE = 'the row is not as the statement expects it';
END
$$;
--> statement-breakpoint
-- The writer of an update, from the transaction's setting app.user_id; without one, what the update itself says.
CREATE FUNCTION kura_set_updated_by() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_by := coalesce(nullif(current_setting('app.user_id', true), '')::uuid, NEW.updated_by);
  RETURN NEW;
END
$$;
