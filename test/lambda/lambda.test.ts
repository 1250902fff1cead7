import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { beforeAll, expect, it } from 'vitest';
import { verifyPassword } from '../../src/users/password.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';

let database: TestDatabase;
let invoke: (method: string, path: string, body?: unknown) => Promise<APIGatewayProxyStructuredResultV2>;

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.BCRYPT_COST = '4';
  const { handler } = await import('../../src/lambda.ts');
  invoke = async (method, path, body) => {
    const result = await handler(event(method, path, body) as never, {} as Context as never);
    return result as APIGatewayProxyStructuredResultV2;
  };
});

/** An event as API Gateway's HTTP API sends it, payload format 2.0. */
function event(method: string, path: string, body?: unknown): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { host: 'api.example.com', 'content-type': 'application/json', 'x-request-id': 'lambda-1' },
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

it('registers and reads a user, with the same budgets as on Workers', async () => {
  await resetWireStats(database);
  const created = await invoke('POST', '/v1/users', ada);
  expect(created.statusCode).toBe(201);
  const user = JSON.parse(created.body ?? '');
  expect(created.headers).toMatchObject({ location: `/v1/users/${user.id}`, 'x-request-id': 'lambda-1' });

  const read = await invoke('GET', `/v1/users/${user.id}`);
  expect([read.statusCode, JSON.parse(read.body ?? '')]).toEqual([200, user]);
  expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 2 }, websocket: { connections: 0 } });
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
