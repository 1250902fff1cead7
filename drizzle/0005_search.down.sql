DROP INDEX "posts_search_idx";
--> statement-breakpoint
DROP TRIGGER posts_search ON posts;
--> statement-breakpoint
DROP FUNCTION kura_posts_search();
--> statement-breakpoint
ALTER TABLE "posts" DROP COLUMN "search";
--> statement-breakpoint
CREATE INDEX "posts_search_idx" ON "posts" USING gin ((setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body), 'B')));
