import { parseEnv } from '../../../src/env.ts';
import type { MailPurpose } from '../../../src/users/tokens/table.ts';
import { tokenOf } from '../../../src/users/tokens/token.ts';

/** A write route, called by a user who is signed in and whose id is the case's key. */
export interface Route {
  /** The body, as JSON or a form; none if not given. */
  readonly body?: (key: string) => object | Promise<object>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nobody is signed in. */
  readonly anonymous?: true;
  /** SQL that makes what is there before, beside the user and a session; `$1` is the key. */
  readonly prepare?: string;
  /** For a mailed link, which is then made, too. */
  readonly link?: MailPurpose;
  /** SQL whose one value says what is there; `$1` is the key. */
  readonly state: string;
  readonly before: string;
  readonly after: string;
  /** It writes something by itself before the rest, as a count of attempts: even with a key that may be in doubt. */
  readonly writesBefore?: true;
  /** What the same request is told once it is done, where that is no repetition of the answer. */
  readonly settledBy?: string;
}

export const PASSWORD = 'correct horse battery';
const OTHER_PASSWORD = 'staple battery horse 9';
export const { SECRET_KEY } = parseEnv({ DATABASE_URL: 'postgres://kura:kura@localhost/kura' });

/** Another user than the one who asks. */
export const othersId = (key: string): string => `00000000${key.slice(8)}`;
const OTHERS_ID = `('00000000' || substr($1::text, 9))::uuid`;
const SUPERUSER = 'update users set is_superuser = true where id = $1';
const OTHER = `with superuser as (${SUPERUSER})
  insert into users (id, username, email, hashed_password)
  values (${OTHERS_ID}, 'other-' || $1::text, 'other-' || $1::text || '@example.com', '')`;
const DELETED = OTHER.replace('hashed_password)', 'hashed_password, is_deleted, deleted_at)').replace(
  `, '')`,
  `, '', true, now())`,
);
const PROFILE = `select concat_ws(' ', full_name, 'v' || version, case when is_deleted then 'deleted' end) from users where id = $1::uuid`;
const OTHERS_PROFILE = PROFILE.replace('$1::uuid', OTHERS_ID);
const MAILS = `select count(*) || ' mails' from outbox where payload->>'email' = $1::text || '@example.com'`;

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

/** Every write route of the application, by method and path; `:id` is the key, or of a user that of `OTHER`. A test keeps the list whole. */
export const routes: Readonly<Record<string, Route>> = {
  'POST /v1/users': {
    body: (key) => ({ username: `new-${key}`, email: `new-${key}@example.com`, password: PASSWORD }),
    state: `select (select count(*) from users where username = 'new-' || $1) || ' users, ' ||
      (select count(*) from outbox where payload->>'email' = 'new-' || $1 || '@example.com') || ' mails'`,
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
  'PATCH /v1/users/me': { body: () => ({ fullName: 'New' }), state: PROFILE, before: 'v1', after: 'New v2' },
  'DELETE /v1/users/me': {
    body: () => ({ password: PASSWORD }),
    state: PROFILE,
    before: 'v1',
    after: 'v2 deleted',
    writesBefore: true,
    settledBy: 'unauthenticated',
  },
  'POST /v1/users/me/password': {
    body: () => ({ currentPassword: PASSWORD, newPassword: OTHER_PASSWORD }),
    state: `select (${PROFILE}) || ', ' || (${MAILS})`,
    before: 'v1, 0 mails',
    after: 'v2, 1 mails',
    writesBefore: true,
  },
  'POST /v1/users/me/verification': {
    body: () => ({}),
    state: MAILS,
    before: '0 mails',
    after: '1 mails',
    writesBefore: true,
  },
  'POST /v1/users/me/email': {
    body: (key) => ({ email: `new-${key}@example.com`, password: PASSWORD }),
    state: MAILS.replace('=', `= 'new-' ||`),
    before: '0 mails',
    after: '1 mails',
    writesBefore: true,
  },
  'POST /v1/email/verify': {
    body: async (key) => ({ token: await tokenOf(SECRET_KEY, { purpose: 'verify_email', id: key }) }),
    anonymous: true,
    link: 'verify_email',
    state: `select case when email_verified_at is null then 'unknown' else 'verified' end || ' v' || version from users where id = $1`,
    before: 'unknown v1',
    after: 'verified v2',
  },
  'POST /v1/password/forgotten': {
    body: (key) => ({ email: `${key}@example.com` }),
    anonymous: true,
    state: MAILS,
    before: '0 mails',
    after: '1 mails',
    writesBefore: true,
  },
  'POST /v1/password/reset': {
    body: async (key) => ({
      token: await tokenOf(SECRET_KEY, { purpose: 'reset_password', id: key }),
      newPassword: OTHER_PASSWORD,
    }),
    anonymous: true,
    link: 'reset_password',
    state: `select (${PROFILE}) || ', ' || (${MAILS}) || ', ' || (select count(*) from sessions where user_id = $1) || ' sessions'`,
    before: 'v1, 0 mails, 1 sessions',
    after: 'v2, 1 mails, 0 sessions',
  },
  'POST /v1/admin/users': {
    body: (key) => ({ username: `new-${key}`, email: `new-${key}@example.com`, password: OTHER_PASSWORD }),
    prepare: SUPERUSER,
    state: `select (select count(*) from users where username = 'new-' || $1) || ' users, ' ||
      (select count(*) from outbox where payload->>'email' = 'new-' || $1 || '@example.com') || ' mails'`,
    before: '0 users, 0 mails',
    after: '1 users, 1 mails',
  },
  'PATCH /v1/users/:id': {
    body: () => ({ fullName: 'New' }),
    headers: { 'If-Match': '"v1"' },
    prepare: OTHER,
    state: OTHERS_PROFILE,
    before: 'v1',
    after: 'New v2',
  },
  'DELETE /v1/users/:id': { prepare: OTHER, state: OTHERS_PROFILE, before: 'v1', after: 'v2 deleted' },
  'POST /v1/users/:id/restore': {
    body: () => ({}),
    prepare: DELETED,
    state: OTHERS_PROFILE,
    before: 'v1 deleted',
    after: 'v2',
  },
  'DELETE /v1/users/:id/permanently': {
    prepare: DELETED,
    state: `select count(*)::text from users where id = ${OTHERS_ID}`,
    before: '1',
    after: '0',
  },
};
