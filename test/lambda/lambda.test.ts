import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { beforeAll, expect, it, vi } from 'vitest';
import { withDatabase } from '../../src/db/neon.ts';
import { listInbox } from '../../src/email/inbox.ts';
import { enqueue } from '../../src/outbox/enqueue.ts';
import { userCreated } from '../../src/users/mails/welcome.ts';
import { verifyPassword } from '../../src/users/password.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { signIn } from '../support/sign-in.ts';

let database: TestDatabase;
type Headers = Readonly<Record<string, string>>;
let invoke: (
  method: string,
  path: string,
  body?: unknown,
  headers?: Headers,
) => Promise<APIGatewayProxyStructuredResultV2>;

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.BCRYPT_COST = '4';
  process.env.ENVIRONMENT = 'development';
  const { handler } = await import('../../src/lambda.ts');
  invoke = async (method, path, body, headers) => {
    const result = await handler(event(method, path, body, headers) as never, {} as Context as never);
    return result as APIGatewayProxyStructuredResultV2;
  };
});

/** An event as API Gateway's HTTP API sends it, payload format 2.0. */
function event(method: string, path: string, body?: unknown, headers: Headers = {}): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { host: 'api.example.com', 'content-type': 'application/json', 'x-request-id': 'lambda-1', ...headers },
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'gateway-1',
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 1767225600000,
    },
    isBase64Encoded: false,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}

const ada = { username: 'ada', email: 'ada@example.com', password: 'correct horse' };

it('registers a user and sends the welcome mail before the response, and reads the user', async () => {
  await resetWireStats(database);
  const created = await invoke('POST', '/v1/users', ada);
  expect(created.statusCode).toBe(201);
  const user = JSON.parse(created.body ?? '');
  expect(created.headers).toMatchObject({ location: `/v1/users/${user.id}`, 'x-request-id': 'lambda-1' });

  // Register 1; claim, send to the inbox and mark 3.
  expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 4 }, websocket: { connections: 0 } });
  const { headers } = await signIn(database, { isSuperuser: true });
  await resetWireStats(database);
  const read = await invoke('GET', `/v1/users/${user.id}`, undefined, headers);
  expect([read.statusCode, JSON.parse(read.body ?? '')]).toEqual([200, user]);
  // Who asks 1; read 1.
  expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 2 }, websocket: { connections: 0 } });
  const mails = await withDatabase({ url: database.url }, listInbox);
  expect(mails).toMatchObject([{ to: ada.email, subject: 'Welcome to Kura' }]);
});

it('sends what is left by its scheduled entry', async () => {
  const { scheduled } = await import('../../src/lambda.ts');
  const payload = {
    id: crypto.randomUUID(),
    username: 'grace',
    email: 'grace@example.com',
    tokenId: crypto.randomUUID(),
  };
  const mails = await withDatabase({ url: database.url }, async (db) => {
    await db.batch((tx) => [enqueue(tx, userCreated, payload)]);
    await scheduled();
    return listInbox(db);
  });
  expect(mails[0]).toMatchObject({ to: 'grace@example.com' });
});

it('answers errors as problem+json', async () => {
  await invoke('POST', '/v1/users', ada);
  const taken = await invoke('POST', '/v1/users', ada);
  expect(taken.statusCode).toBe(400);
  expect(JSON.parse(taken.body ?? '')).toMatchObject({ code: 'email_taken', title: 'Email already registered' });
});

it('is ready', async () => {
  expect((await invoke('GET', '/health/ready')).statusCode).toBe(200);
});

it('verifies a hash made in workerd', async () => {
  expect(await verifyPassword('correct horse', '$2b$04$m2mA.z0gRqFuf1QrrmAZReFQw6O5RlXiHkYYmPtiSF0AaVhNYhFgC')).toBe(
    true,
  );
});

it('is in production where nothing says otherwise: no secret that everybody knows serves there', async () => {
  vi.stubEnv('ENVIRONMENT', undefined);
  vi.resetModules();
  const log = vi.spyOn(console, 'error').mockReturnValue();
  const { handler } = await import('../../src/lambda.ts');
  const answer = await handler(event('GET', '/v1/users/me') as never, {} as Context as never);
  expect(answer).toMatchObject({ statusCode: 500 });
  expect(String(log.mock.calls[0]?.[0])).toContain('SECRET_KEY is wrong: has to be set in production');
  vi.unstubAllEnvs();
  log.mockRestore();
});
