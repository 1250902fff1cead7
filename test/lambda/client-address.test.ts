import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { expect, it } from 'vitest';
import { clientAddress, clientNetwork } from '../../src/http/client-address.ts';
import type { AppEnv } from '../../src/http/context.ts';

const handler = handle(new Hono<AppEnv>().get('/', (c) => c.json([clientAddress(c), clientNetwork(c)])));

/** What a client may claim of itself. */
const headers = {
  host: 'api.example.com',
  'x-forwarded-for': '198.51.100.2',
  'x-real-ip': '198.51.100.3',
  'cf-connecting-ip': '198.51.100.4',
};

type Events = Partial<APIGatewayProxyEventV2> | Partial<APIGatewayProxyEvent>;
const ask = async (event: Events) => JSON.parse(((await handler(event as never)) as { body: string }).body);

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
])('v5.0.0-15.3.4, 4.1.3: %s is who called API Gateway or a function URL', async (sourceIp, network) => {
  const http = { method: 'GET', path: '/', protocol: 'HTTP/1.1', sourceIp, userAgent: 'test' };
  const requestContext = { http, domainName: 'api.example.com' } as APIGatewayProxyEventV2['requestContext'];
  const event = { version: '2.0', rawPath: '/', rawQueryString: '', headers, requestContext };
  expect(await ask(event)).toEqual([sourceIp, network]);
});

it('v5.0.0-15.3.4, 4.1.3: so it is for events of the format 1.0', async () => {
  const requestContext = { identity: { sourceIp: '192.0.2.8' } } as APIGatewayProxyEvent['requestContext'];
  expect(await ask({ httpMethod: 'GET', path: '/', headers, requestContext })).toEqual(['192.0.2.8', '192.0.2.8']);
});
