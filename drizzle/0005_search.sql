-- What the full-text search looks through, kept with the row: as an expression of the index alone it was computed again for
-- every row that another index gave. It begins as a generated column, which fills it without an UPDATE of any row, but does
-- not stay one: PostgreSQL has no generated columns in `OLD.* IS DISTINCT FROM NEW.*` of a trigger, as this table's have it.
-- kura: allow table-rewrite fills the column without raising a version
ALTER TABLE "posts" ADD COLUMN "search" tsvector
  GENERATED ALWAYS AS (setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body), 'B')) STORED;
--> statement-breakpoint
ALTER TABLE "posts" ALTER COLUMN "search" DROP EXPRESSION;
--> statement-breakpoint
CREATE FUNCTION kura_posts_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.search := setweight(to_tsvector('english', NEW.title), 'A') || setweight(to_tsvector('english', NEW.body), 'B');
  RETURN NEW;
END
$$;
--> statement-breakpoint
-- By its name before the triggers that ask whether the row is another.
CREATE TRIGGER posts_search BEFORE INSERT OR UPDATE OF title, body, search ON posts
  FOR EACH ROW EXECUTE FUNCTION kura_posts_search();
--> statement-breakpoint
-- kura: allow drop-index-not-concurrently the table is locked since it was rewritten
DROP INDEX "posts_search_idx";
--> statement-breakpoint
-- kura: allow index-not-concurrently the table is locked since it was rewritten
CREATE INDEX "posts_search_idx" ON "posts" USING gin (search);
