import { Hono } from 'hono';
import * as z from 'zod/mini';
import { idField } from '../db/query-string.ts';
import type { EntityTable, Patch, Row } from '../db/repository/entity.ts';
import type { ErrorCode } from '../errors.ts';
import { etagOf, ifMatch, ifNoneMatch } from '../http/etag.ts';
import { describe, type Operation } from '../http/operation.ts';
import { type Page, pageView } from '../http/paging.ts';
import { valid } from '../http/validation.ts';
import { type AccountEnv, signedIn } from '../users/actor.ts';
import type { CrudService } from './crud-service.ts';
import type { ListRequest } from './policy.ts';

/** What the routes take and show. Bodies are `z.strictObject`s, so that nothing is set that is not named. */
export interface CrudShape<T extends EntityTable, Query, QueryIn, New, NewIn, Change, ChangeIn, View> {
  /** What OpenAPI calls a row, and rows: `a post`, `posts`. */
  readonly one: string;
  readonly many: string;
  /** Made by `listQuery` with `pageFields()`. */
  readonly query: z.ZodMiniType<Query, QueryIn>;
  readonly create: z.ZodMiniType<New, NewIn>;
  readonly update: z.ZodMiniType<Change, ChangeIn>;
  readonly view: z.ZodMiniType<View>;
  readonly present: (row: Row<T>) => View;
  /** Whether `PATCH` and `DELETE` without `If-Match` are refused; only for a table with `version()`. */
  readonly ifMatch?: 'required' | 'optional';
  /** What the service throws beside what the routes say by themselves. */
  readonly errors?: Readonly<Partial<Record<'list' | 'read' | 'create' | 'update' | 'remove', readonly ErrorCode[]>>>;
}

/** The five routes as `hono/client` sees them. */
type CrudRoutes<QueryIn, NewIn, ChangeIn, View> = Hono<
  AccountEnv,
  {
    '/': {
      $get: Answer<{ query: QueryIn }, Page<View>, 200>;
      $post: Answer<{ json: NewIn }, View, 201>;
    };
    '/:id': {
      $get: Answer<ById, View, 200>;
      $patch: Answer<ById & { json: ChangeIn }, View, 200>;
      $delete: { input: ById; output: null; outputFormat: 'body'; status: 204 };
    };
  },
  '/'
>;
type Answer<Input, Output, Status> = { input: Input; output: Output; outputFormat: 'json'; status: Status };
type ById = { param: { id: string } };

/**
 * The five routes of a resource: `GET /` (filters, sort, pages), `POST /`, and `GET`, `PATCH` and `DELETE` of `/:id`, with
 * ETag, `If-None-Match` and `If-Match` if the table has `version()`. Who may do what, the service decides; a read costs one
 * round trip, and one more for who asks; a write two. Mount them by `.route('/posts', crudRoutes(…))`.
 */
export function crudRoutes<
  T extends EntityTable,
  Query extends ListRequest<T>,
  QueryIn,
  New,
  NewIn,
  Change extends Patch<T>,
  ChangeIn,
  View,
>(
  service: CrudService<T, New, Query>,
  shape: CrudShape<T, Query, QueryIn, New, NewIn, Change, ChangeIn, View>,
): CrudRoutes<QueryIn, NewIn, ChangeIn, View> {
  const { one, many, view, present, errors = {} } = shape;
  const { table } = service.repository;
  const versioned = 'version' in table;
  const reader = when(service.policy.readers === 'users', signedIn(), { access: 'optional' });
  const param = z.object({ id: idField(table) });
  const headers = versioned ? (['ETag'] as const) : [];
  const shown = (description: string) => ({ status: 200, description, body: view, headers }) as const;
  const expected = when(versioned, ifMatch(shape.ifMatch));

  return asCrudRoutes<QueryIn, NewIn, ChangeIn, View>(
    new Hono<AccountEnv>()
      .get(
        '/',
        describe({
          summary: `List ${many}`,
          success: { status: 200, description: `A page of ${many}`, body: pageView(view) },
          errors: ['invalid_cursor', ...(errors.list ?? [])],
        }),
        reader,
        valid('query', shape.query),
        async (c) => {
          const options = { secret: c.get('env').SECRET_KEY, present };
          return c.json(await service.list(c.get('db'), await c.get('findActor')(), c.req.valid('query'), options));
        },
      )
      .post(
        '/',
        describe({
          summary: `Create ${one}`,
          success: { ...shown('As it was stored'), status: 201, headers: ['Location', ...headers] },
          errors: errors.create ?? [],
        }),
        signedIn(),
        valid('json', shape.create),
        async (c) => {
          const row = await service.create(c.get('db'), c.get('actor'), c.req.valid('json'));
          return c.json(present(row), 201, { Location: `${c.req.path}/${row.id}`, ...tagOf(row) });
        },
      )
      .get(
        '/:id',
        describe({
          summary: `Read ${one}`,
          success: shown('As it is'),
          errors: ['not_found', ...(errors.read ?? [])],
        }),
        reader,
        when(versioned, ifNoneMatch()),
        valid('param', param),
        async (c) => {
          const row = await service.read(c.get('db'), await c.get('findActor')(), c.req.valid('param').id);
          return c.json(present(row), 200, tagOf(row));
        },
      )
      .patch(
        '/:id',
        describe({
          summary: `Change ${one}`,
          description: 'Fields that are not given stay as they are.',
          success: shown('As it is now'),
          errors: ['not_found', 'forbidden', ...(errors.update ?? [])],
        }),
        signedIn(),
        expected,
        valid('param', param),
        valid('json', shape.update),
        async (c) => {
          const { id } = c.req.valid('param');
          const row = await service.update(c.get('db'), c.get('actor'), id, c.req.valid('json'), c.get('expected'));
          return c.json(present(row), 200, tagOf(row));
        },
      )
      .delete(
        '/:id',
        describe({
          summary: `Delete ${one}`,
          success: { status: 204, description: 'It is deleted' },
          errors: ['not_found', 'forbidden', ...(errors.remove ?? [])],
        }),
        signedIn(),
        expected,
        valid('param', param),
        async (c) => {
          await service.remove(c.get('db'), c.get('actor'), c.req.valid('param').id, c.get('expected'));
          return c.body(null, 204);
        },
      ),
  );
}

/** The middleware, or one that only describes: then what it sets is not there, and nobody asks for it. */
const when = <M extends object>(condition: boolean, middleware: M, otherwise: Operation = {}) =>
  (condition ? middleware : describe(otherwise)) as M;

function tagOf(row: object): Record<string, string> {
  return 'version' in row && typeof row.version === 'number' ? { ETag: etagOf(row.version) } : {};
}

/** Spells out for a client what hono infers of the chain, where it still depends on the type parameters. */
const asCrudRoutes = <Q, N, C, V>(routes: unknown) => routes as CrudRoutes<Q, N, C, V>;
