import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { clientAddress, clientNetwork } from '../../src/http/client-address.ts';
import type { AppEnv } from '../../src/http/context.ts';

const app = new Hono<AppEnv>().get('/', (c) => c.json([clientAddress(c), clientNetwork(c)]));

const ask = async (headers: Record<string, string>, env?: object) =>
  (await app.request('/', { headers }, env)).json() as Promise<[string, string]>;

describe('v5.0.0-15.3.4, v5.0.0-4.1.3: the address is the one that the platform vouches for', () => {
  it('Workers: the header that Cloudflare sets', async () => {
    expect(await ask({ 'CF-Connecting-IP': '192.0.2.7' }, {})).toEqual(['192.0.2.7', '192.0.2.7']);
  });

  it('Lambda: what the event says, whatever the client says', async () => {
    const headers = { 'CF-Connecting-IP': '198.51.100.1', 'X-Forwarded-For': '198.51.100.2' };
    const http = { requestContext: { http: { sourceIp: '192.0.2.7' } } };
    const rest = { requestContext: { identity: { sourceIp: '192.0.2.8' } } };
    expect(await ask(headers, http)).toEqual(['192.0.2.7', '192.0.2.7']);
    expect(await ask(headers, rest)).toEqual(['192.0.2.8', '192.0.2.8']);
    expect(await ask(headers, { requestContext: {} })).toEqual(['0.0.0.0', '0.0.0.0']);
  });

  it('anywhere else: one that is the same for all', async () => {
    const headers = { 'X-Forwarded-For': '198.51.100.2', 'X-Real-IP': '198.51.100.3', Forwarded: 'for=198.51.100.4' };
    expect(await ask(headers)).toEqual(['0.0.0.0', '0.0.0.0']);
  });
});

describe('a limit counts an IPv6 network, not its addresses', () => {
  it.each([
    ['2001:db8:1:2:aaaa:bbbb:cccc:dddd', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
    ['2001:db8::1:2:3:4:5', '2001:db8:0:1::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
  ])('%s: %s', async (address, network) => {
    expect(await ask({ 'CF-Connecting-IP': address }, {})).toEqual([address, network]);
  });
});
