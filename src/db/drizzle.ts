import { DrizzleQueryError, is, SQL, Subquery } from 'drizzle-orm';
import { PgDialect, PgSelectBase, type PreparedQueryConfig, type SelectedFieldsOrdered } from 'drizzle-orm/pg-core';
import { PgRemoteDatabase, PgRemoteSession, type PreparedQuery } from 'drizzle-orm/pg-proxy';
import { type Runner, Statement } from './statement.ts';
import { type Decoder, decodeObjects, decodeRows, encodeParam } from './values.ts';

/** Drizzle's query builder, without the parts that would leave the session: use `db.transaction` and `db.batch`. */
export type QueryBuilder = Omit<PgRemoteDatabase, 'transaction' | 'query' | '_' | '$cache'>;

type NoSchema = Record<string, never>;
type Prepare<T extends PreparedQueryConfig> = typeof PgRemoteSession.prototype.prepareQuery<T>;

/**
 * A lazy statement from any Drizzle query: `statement(runner, (q) => q.select().from(users))`.
 * The builder is made per statement, so that its one query knows where to run and whether it is a read.
 */
export function drizzleStatement<T>(runner: Runner, build: (q: QueryBuilder) => PromiseLike<T>): Statement<T> {
  return new Statement(runner, async (target) => {
    let isSelect = false;
    const dialect = new PgDialect();
    const session = new Session(dialect, async (text, params, selected) => {
      const read = isSelect && !WRITING_CTE.test(text);
      const { fields, rows } = await target.run({ text, params: params.map(encodeParam), read });
      return { rows: selected ? decodeRows(fields, rows, selected.map(decoderOfField)) : decodeObjects(fields, rows) };
    });
    const query = build(new PgRemoteDatabase(dialect, session, undefined));
    isSelect = is(query, PgSelectBase);
    try {
      return await new Promise<T>((resolve, reject) => query.then(resolve, reject)); // starts in this very tick
    } catch (error) {
      // Its message holds the SQL and the parameters; the cause is the transport's own error.
      throw error instanceof DrizzleQueryError ? error.cause : error;
    }
  });
}

/** A SELECT that may write, by a CTE: better taken for a write than run twice, or sent to a replica. */
const WRITING_CTE = /^with\b.*\b(?:insert|update|delete|merge)\b/is;

type Run = (
  text: string,
  params: readonly unknown[],
  selected: SelectedFieldsOrdered | undefined,
) => Promise<{ rows: unknown[] }>;

/** pg-proxy's session, whose callback is also told what is selected: the values are read for the columns they go to. */
class Session extends PgRemoteSession<NoSchema, NoSchema> {
  readonly #dialect: PgDialect;
  readonly #run: Run;

  constructor(dialect: PgDialect, run: Run) {
    super((text, params) => run(text, params, undefined), dialect, undefined);
    this.#dialect = dialect;
    this.#run = run;
  }

  override prepareQuery<T extends PreparedQueryConfig>(
    ...[query, selected, ...rest]: Parameters<Prepare<T>>
  ): PreparedQuery<T> {
    const told = new PgRemoteSession((text, params) => this.#run(text, params, selected), this.#dialect, undefined);
    return told.prepareQuery<T>(query, selected, ...rest);
  }
}

/** What Drizzle reads an expression with, which its types leave out. */
export const decoderOf = (expression: SQL): Decoder => (expression as unknown as { readonly decoder: Decoder }).decoder;

/** What Drizzle reads a selected value with. */
function decoderOfField({ field }: SelectedFieldsOrdered[number]): Decoder {
  if (is(field, SQL)) return decoderOf(field);
  if (is(field, SQL.Aliased)) return decoderOf(field.sql);
  return is(field, Subquery) ? decoderOf(field._.sql) : field;
}
