import { hashToken, newToken } from '../../../src/sessions/token.ts';
import { hashPassword } from '../../../src/users/password.ts';
import type { Control } from './control.ts';
import type { Told } from './perform.ts';
import type { Runtime } from './runtimes.ts';
import type { Subject } from './subjects.ts';

/** A write route, called by a user who is signed in and whose id is the case's key. */
export interface Route {
  /** The body, as JSON or a form; none if not given. */
  readonly body?: (key: string) => object | URLSearchParams;
  /** SQL that makes what is there before, beside the user and a session; `$1` is the key. */
  readonly prepare?: string;
  /** SQL whose one value says what is there; `$1` is the key. */
  readonly state: string;
  readonly before: string;
  readonly after: string;
  /** It writes something by itself before the rest, as a count of attempts: even with a key that may be in doubt. */
  readonly writesBefore?: true;
  /** What the same request is told once it is done, where that is no repetition of the answer. */
  readonly settledBy?: string;
}

const PASSWORD = 'correct horse battery';
const SESSIONS = `select (select count(*) from sessions where user_id = $1) || ' sessions, ' ||
  (select count(*) from audit_events where user_id = $1 and event = 'session.ended') || ' ended'`;
const SECOND_SESSION = `insert into sessions (id, user_id, token_hash, expires_at)
  values (gen_random_uuid(), $1, sha256(gen_random_uuid()::text::bytea), now() + interval '1 hour')`;
const POST = `insert into posts (id, author_id, title, body) values ($1, $1, 'old', 'text')`;
const POSTS = `select coalesce(string_agg(title || ' v' || version || case when is_deleted then ' deleted' else '' end, ', '), '')
  from posts where author_id = $1`;
const logIn = {
  state: SESSIONS,
  before: '1 sessions, 0 ended',
  after: '2 sessions, 0 ended',
  writesBefore: true,
} as const;

/** Every write route of the application, by method and path; `:id` is the key. A test keeps the list whole. */
export const routes: Readonly<Record<string, Route>> = {
  'POST /v1/users': {
    body: (key) => ({ username: `new-${key}`, email: `new-${key}@example.com`, password: PASSWORD }),
    state: `select (select count(*) from users where username = 'new-' || $1) || ' users, ' ||
      (select count(*) from outbox where payload->>'username' = 'new-' || $1) || ' mails'`,
    before: '0 users, 0 mails',
    after: '1 users, 1 mails',
  },
  'POST /v1/sessions': { ...logIn, body: (key) => ({ username: `user-${key}`, password: PASSWORD }) },
  'POST /v1/sessions/token': {
    ...logIn,
    body: (key) => new URLSearchParams({ grant_type: 'password', username: `user-${key}`, password: PASSWORD }),
  },
  'DELETE /v1/sessions': {
    prepare: SECOND_SESSION,
    state: SESSIONS,
    before: '2 sessions, 0 ended',
    after: '1 sessions, 1 ended',
  },
  'DELETE /v1/sessions/current': {
    state: SESSIONS,
    before: '1 sessions, 0 ended',
    after: '0 sessions, 1 ended',
    settledBy: 'unauthenticated', // nobody is signed in any more
  },
  'DELETE /v1/sessions/:id': {
    prepare: SECOND_SESSION.replace('gen_random_uuid()', '$1'),
    state: SESSIONS,
    before: '2 sessions, 0 ended',
    after: '1 sessions, 1 ended',
  },
  'POST /v1/posts': {
    body: () => ({ title: 'new', body: 'text' }),
    state: POSTS,
    before: '',
    after: 'new v1',
  },
  'PATCH /v1/posts/:id': {
    body: () => ({ title: 'new' }),
    prepare: POST,
    state: POSTS,
    before: 'old v1',
    after: 'new v2',
  },
  'DELETE /v1/posts/:id': { prepare: POST, state: POSTS, before: 'old v1', after: 'old v2 deleted' },
  'POST /v1/outbox/:id/retry': {
    body: () => ({}),
    prepare: `with superuser as (update users set is_superuser = true where id = $1)
      insert into outbox (id, topic, payload, dead_at) values ($1, 'nobody''s', '{}', now())`,
    state: `select case when dead_at is null then 'alive' else 'dead' end from outbox where id = $1`,
    before: 'dead',
    after: 'alive',
  },
};

/** Every write route, without an idempotency key and with one. */
export function routeSubjects(): Subject[] {
  return Object.entries(routes).flatMap(([name, route]) => [
    subjectOf(name, route, false),
    subjectOf(name, route, true),
  ]);
}

const tokens = new Map<string, string>();
const hashed = hashPassword(PASSWORD, 4);

function subjectOf(name: string, route: Route, keyed: boolean): Subject {
  const [method = '', path = ''] = name.split(' ');
  const perform: Subject['perform'] = async (runtime, key, variables) => {
    const body = route.body?.(key);
    const form = body instanceof URLSearchParams;
    const headers = {
      Authorization: `Bearer ${tokens.get(key)}`,
      ...(body && { 'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json' }),
      ...(keyed && { 'Idempotency-Key': key }),
    };
    const init = { method, headers, ...(body && { body: form ? body.toString() : JSON.stringify(body) }) };
    return toldOf(runtime.request(path.replace(':id', key), init, variables));
  };
  return {
    name: `${name}${keyed ? ' with a key' : ''}`,
    transport: keyed && !route.writesBefore ? 'websocket' : 'http',
    perform,
    ...(keyed && { retry: perform, rerun: false }),
    ...(route.settledBy && { settledBy: route.settledBy }),
    async prepare(control, key) {
      await signUp(control, key);
      if (route.prepare) await control.query(route.prepare, [key]);
    },
    async state(control, key) {
      const [found] = await control.query<Record<string, string>>(route.state, [key]);
      const state = Object.values(found ?? {})[0];
      if (state === route.after) return 'after';
      return state === route.before ? 'before' : `torn: ${state}`;
    },
  };
}

/** A user of this id with a session, put straight into the database; and nobody has tried anything too often. */
async function signUp(control: Control, key: string): Promise<void> {
  const token = newToken();
  tokens.set(key, token);
  await control.query('truncate limits');
  await control.query(
    `insert into users (id, username, email, hashed_password) values ($1::uuid, 'user-' || $2, $2 || '@example.com', $3)`,
    [key, key, await hashed],
  );
  await control.query(
    `insert into sessions (id, user_id, token_hash, expires_at) values (gen_random_uuid(), $1, $2, now() + interval '1 hour')`,
    [key, Buffer.from(await hashToken(token))],
  );
}

async function toldOf(request: ReturnType<Runtime['request']>): Promise<Told> {
  const response = await request;
  const text = await response.text();
  if (response.status < 400) return { kind: 'ok' };
  try {
    const { code, detail } = JSON.parse(text) as { code?: string; detail?: string };
    return { kind: 'error', code: code ?? `status ${response.status}`, detail };
  } catch {
    return { kind: 'error', code: `status ${response.status}`, detail: text.slice(0, 200) };
  }
}
