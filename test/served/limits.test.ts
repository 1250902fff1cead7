import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { answerOf, type Served, serve } from '../support/served.ts';

let served: Served;

beforeAll(async () => {
  served = await serve(await createTestDatabase());
});
afterAll(() => served.close());

const LIMIT = 64 * 1024;

/** A registration of exactly `size` bytes. */
function body(size: number, username: string): string {
  return JSON.stringify({ username, email: `${username}@example.com`, password: 'correct horse' }).padEnd(size);
}

/** Without a length; in parts, so that no part tells how long the whole will be. */
function chunked(text: string, id: string) {
  const sent = served.send('POST', '/v1/users', { 'Content-Type': 'application/json', 'X-Request-Id': id });
  for (let at = 0; at < text.length; at += 10_000) sent.write(text.slice(at, at + 10_000));
  return answerOf(sent.end());
}

function told(text: string, id: string) {
  const headers = { 'Content-Type': 'application/json', 'X-Request-Id': id, 'Content-Length': String(text.length) };
  return answerOf(served.send('POST', '/v1/users', headers).end(text));
}

describe.each([
  ['told', told],
  ['chunked', chunked],
])('v5.0.0-15.2.2: a body of at most 64 KiB, its length %s', (name, send) => {
  it('takes one of 64 KiB', async () => {
    const { response } = await send(body(LIMIT, `ada-${name}`), `small-${name}`);
    expect(response.statusCode).toBe(201);
  });

  it('refuses one byte more, before it asks the database', async () => {
    const { response, body: problem } = await send(body(LIMIT + 1, `grace-${name}`), `large-${name}`);
    expect(response.statusCode).toBe(413);
    expect(JSON.parse(problem)).toMatchObject({ code: 'payload_too_large' });
    expect(await served.linesOf(`large-${name}`)).toMatchObject([{ status: 413, roundTrips: 0 }]);
  });
});

it('v5.0.0-15.2.2: refuses one that does not end, without waiting for its end', async () => {
  const sent = served.send('POST', '/v1/users', { 'Content-Type': 'application/json' });
  sent.write('a'.repeat(LIMIT + 1));
  expect((await answerOf(sent)).response.statusCode).toBe(413);
  sent.destroy();
});
