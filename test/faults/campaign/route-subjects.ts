import { createHash } from 'node:crypto';
import { hashToken, newToken } from '../../../src/sessions/token.ts';
import { hashPassword } from '../../../src/users/password.ts';
import { newMailToken } from '../../../src/users/tokens/repository.ts';
import type { MailPurpose } from '../../../src/users/tokens/table.ts';
import type { Control } from './control.ts';
import type { Told } from './perform.ts';
import { othersId, PASSWORD, type Route, routes, SECRET_KEY } from './routes.ts';
import type { Runtime } from './runtimes.ts';
import type { Subject } from './subjects.ts';

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
    const body = await route.body?.(key);
    const form = body instanceof URLSearchParams;
    const headers = {
      ...(!route.anonymous && { Authorization: `Bearer ${tokens.get(key)}` }),
      ...route.headers,
      'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json',
      ...(keyed && { 'Idempotency-Key': key }),
    };
    const init = { method, headers, ...(body && { body: form ? body.toString() : JSON.stringify(body) }) };
    return toldOf(
      runtime.request(path.replace(':id', path.startsWith('/v1/users/') ? othersId(key) : key), init, variables),
    );
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
      if (route.link) await makeLink(control, key, route.link);
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
  await control.query('delete from limits');
  await control.query(
    `insert into users (id, username, email, hashed_password) values ($1::uuid, 'user-' || $2, $2 || '@example.com', $3)`,
    [key, key, await hashed],
  );
  await control.query(
    `insert into sessions (id, user_id, token_hash, expires_at) values (gen_random_uuid(), $1, $2, now() + interval '1 hour')`,
    [key, Buffer.from(await hashToken(token))],
  );
}

/** A mailed link of this id, to the user's address. */
async function makeLink(control: Control, key: string, purpose: MailPurpose): Promise<void> {
  const { email, tokenHash } = await newMailToken(
    SECRET_KEY,
    purpose,
    { userId: key, email: `${key}@example.com` },
    key,
  );
  await control.query(
    `insert into mail_tokens (id, user_id, purpose, email, token_hash, expires_at)
      values ($1, $1, $2, $3, $4, now() + interval '1 hour')`,
    [key, purpose, email, Buffer.from(tokenHash)],
  );
}

async function toldOf(request: ReturnType<Runtime['request']>): Promise<Told> {
  let response: Response;
  let text: string;
  try {
    response = await request;
    text = await response.text();
  } catch (error) {
    return { kind: 'nothing', because: String(error) };
  }
  const { status, headers } = response;
  if (status < 400) {
    return { kind: 'ok', answer: createHash('sha256').update(`${status} ${text}`).digest('base64url').slice(0, 12) };
  }
  const retryAfter = headers.has('Retry-After');
  try {
    const { code, detail } = JSON.parse(text) as { code?: string; detail?: string };
    return { kind: 'error', code: code ?? `status ${status}`, detail, retryAfter };
  } catch {
    return { kind: 'error', code: `status ${status}`, detail: text.slice(0, 200), retryAfter };
  }
}
