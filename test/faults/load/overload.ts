import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, type Served, serve } from '../../support/served.ts';
import { type Backend, registration, startBackend } from './service.ts';

export interface OverloadPlan {
  readonly seconds: number;
  readonly say: (line: string) => void;
}

/** How a registration was answered. */
interface Answered {
  readonly username: string;
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: boolean;
}

const CLIENTS = 8;
const TIMES = 10;
const MAX_CONNECTIONS = 40;
const PATIENCE_MS = 60_000;
/** From the last request until all is as before: the answers that are still due, and ten good ones in a row. */
const RECOVERY_MS = 10_000;

/** Measures what the service can do, asks ten times as much of it, and looks at every answer and at what comes after. */
export async function runOverload({ seconds, say }: OverloadPlan): Promise<string[]> {
  await using backend = await startBackend({ REQUEST_TIMEOUT_MS: '5000' }, MAX_CONNECTIONS);
  const { DATABASE_URL: url = '', ...variables } = backend.variables;
  const served = await serve({ url }, variables); // the proxy of `wrangler dev` stands still under thousands of connections
  let over = false;
  let count = 0;
  const closed = Array.from({ length: CLIENTS }, async (_, i) => {
    for (let n = 0; !over; n++) if ((await register(served, `calm-${i}-${n}`)).status === 201) count++;
  });
  await sleep(seconds * 1000);
  over = true;
  await Promise.all(closed);
  const capacity = count / seconds;
  say(`capacity: ${capacity.toFixed(0)} registrations/s with ${CLIENTS} clients`);

  const total = Math.ceil(TIMES * capacity * seconds);
  const began = Date.now();
  const asked: Promise<Answered>[] = [];
  while (asked.length < total) {
    const due = Math.min(total, Math.ceil(((Date.now() - began) / 1000) * TIMES * capacity));
    while (asked.length < due) asked.push(register(served, `storm-${asked.length}`));
    await sleep(5);
  }
  say(`asked ${total} times in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  const ended = Date.now();
  const answers = await Promise.all(asked);
  const drained = Date.now() - ended;
  const recovered = await untilCalm(served);
  const tally = Object.groupBy(answers, ({ status, code }) => `${status}${code ? ` ${code}` : ''}`);
  for (const [answer, some = []] of Object.entries(tally)) say(`${String(some.length).padStart(7)}  ${answer}`);
  say(`the last answer came ${drained} ms after the last request; back to normal after another ${recovered} ms`);
  await served.close();
  const slow = drained + recovered > RECOVERY_MS ? ['it does not recover in seconds'] : [];
  const unhandled = served.complaints.map((line) => `unhandled: ${line}`);
  return [...slow, ...unhandled, ...(await check(backend, answers))];
}

/** Never rejects: no answer is status 0. */
async function register({ send }: Served, username: string): Promise<Answered> {
  try {
    const sent = send('POST', '/v1/users', { 'Content-Type': 'application/json' });
    sent.end(JSON.stringify(registration(username)));
    const { response, body } = await answerOf(sent);
    const { code } = JSON.parse(body) as { code?: string };
    return { username, status: response.statusCode ?? 0, code, retryAfter: 'retry-after' in response.headers };
  } catch {
    return { username, status: 0, code: 'no answer', retryAfter: false };
  }
}

/** How long until ten requests, one after the other, all succeed. */
async function untilCalm(served: Served): Promise<number> {
  const began = Date.now();
  for (let row = 0, n = 0; row < 10 && Date.now() - began < PATIENCE_MS; n++) {
    row = (await register(served, `after-${n}`)).status === 201 ? row + 1 : 0;
  }
  return Date.now() - began;
}

/** 201: saved with its mail. 503: says when to come back; saved whole or not at all if in doubt, else not. Nothing else. */
async function check({ control }: Backend, answers: readonly Answered[]): Promise<string[]> {
  const rows = await control.query<{ username: string; mails: number }>(
    `select username, (select count(*)::int from outbox o where o.payload->>'email' = u.email) as mails from users u`,
  );
  const mailsOf = new Map(rows.map(({ username, mails }) => [username, mails]));
  return answers.flatMap(({ username, status, code, retryAfter }) => {
    const mails = mailsOf.get(username);
    const found: string[] = [];
    if (mails !== undefined && mails !== 1) found.push(`${username} has ${mails} mails`);
    if (status === 201 && mails === undefined) found.push(`${username} was told to be registered, and is not`);
    if (status === 503 && !retryAfter) found.push(`${username} was answered 503 without Retry-After`);
    if (status === 503 && code !== 'commit_unknown' && mails !== undefined)
      found.push(`${username} was told ${code}, and is saved`);
    if (status !== 201 && status !== 503) found.push(`${username} was answered ${status} ${code}`);
    return found;
  });
}
