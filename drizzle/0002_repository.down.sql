DROP FUNCTION kura_set_updated_by();
--> statement-breakpoint
DROP FUNCTION kura_fail(text, text);
