import type { StatusCode } from 'hono/utils/http-status';
import { concat, utf8 } from '../../db/bytes.ts';
import { AppError } from '../../errors.ts';
import type { AppContext } from '../context.ts';

/** An answer, as far as it is given again. */
export interface Answer {
  readonly status: StatusCode;
  readonly headers: Readonly<Record<string, string[]>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

const COOKIES = 'Set-Cookie';

/** What is the answer's own; the rest, as the request's id, is of each request. */
const KEPT = ['Content-Type', 'Location', 'ETag', 'Cache-Control', COOKIES];

/** The answer in a response, whose own body stays unread. */
export async function answerOf(response: Response): Promise<Answer> {
  const headers: Record<string, string[]> = {};
  for (const name of KEPT) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = name === COOKIES ? response.headers.getSetCookie() : [value];
  }
  const status = response.status as StatusCode; // it came from hono
  return { status, headers, body: new Uint8Array(await response.clone().arrayBuffer()) };
}

/** The answer once more, byte for byte. */
export function responseOf(c: AppContext, { status, headers, body }: Answer): Response {
  return c.newResponse(body.length > 0 ? body : null, status, { ...headers, 'Idempotency-Replayed': 'true' });
}

/** Takes back the answer to what was undone, as its cookie with a token; what CORS says of the request stays. */
export function forgetAnswer(c: AppContext): void {
  const cors = [...c.res.headers].filter(([name]) => /^(?:access-control-.*|vary)$/.test(name));
  c.res = undefined;
  c.finalized = false; // so that what the handler has prepared is taken back too
  for (const name of KEPT) c.header(name, undefined);
  for (const [name, value] of cors) c.header(name, value);
}

/** The answer as bytes: status and headers as a line of JSON, which holds no line feed, then the body. */
export function encodeAnswer({ body, ...head }: Answer): Uint8Array<ArrayBuffer> {
  return concat(utf8(`${JSON.stringify(head)}\n`), body);
}

/** What `encodeAnswer` has made. */
export function decodeAnswer(bytes: Uint8Array<ArrayBuffer>): Answer {
  const end = bytes.indexOf(LINE_FEED);
  if (end < 0) throw new AppError('internal');
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as Omit<Answer, 'body'>;
  return { ...head, body: bytes.slice(end + 1) };
}

const LINE_FEED = 10;
