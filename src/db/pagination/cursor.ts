import { AppError } from '../../errors.ts';
import { concat, fromBase64Url, toBase64Url, utf8 } from '../bytes.ts';
import type { Position } from './seek.ts';

/** Where a page starts and which way it is read, as a cursor holds it. */
interface CursorState {
  readonly backwards: boolean;
  readonly position: Position;
}

/** What a cursor is good for: the same table, filter and order, and nothing else. */
export type Binding = Uint8Array;

const MAC_BYTES = 32; // SHA-256
const MIN_SECRET_BYTES = 16;

/** An opaque cursor: HMAC-SHA-256 of binding and state, then the state, in base64url. */
export async function sealCursor(secret: string, binding: Binding, state: CursorState): Promise<string> {
  const payload = utf8(JSON.stringify([state.backwards ? 1 : 0, ...state.position]));
  const mac = await crypto.subtle.sign('HMAC', await keyOf(secret), concat(binding, payload));
  return toBase64Url(concat(new Uint8Array(mac), payload));
}

/** What `sealCursor` sealed. Throws `invalid_cursor` if it was altered, or made for another list. */
export async function openCursor(secret: string, binding: Binding, cursor: string): Promise<CursorState> {
  const bytes = fromBase64Url(cursor);
  // Base64 has several spellings of some bytes; only ours counts, so that an altered cursor is never taken.
  if (!bytes || bytes.length <= MAC_BYTES || toBase64Url(bytes) !== cursor) throw invalid();
  const payload = bytes.subarray(MAC_BYTES);
  const mac = bytes.subarray(0, MAC_BYTES);
  if (!(await crypto.subtle.verify('HMAC', await keyOf(secret), mac, concat(binding, payload)))) throw invalid();
  return stateOf(new TextDecoder().decode(payload));
}

/** The payload's state. The MAC has shown that `sealCursor` wrote it, so its shape is certain. */
function stateOf(payload: string): CursorState {
  const [backwards, ...position] = JSON.parse(payload) as [0 | 1, ...Position];
  return { backwards: backwards === 1, position };
}

function invalid(): AppError {
  const message = 'The cursor is not one of this list: it was altered, or made for another filter or order';
  return new AppError('invalid_cursor', message, {
    fields: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

let known: { readonly secret: string; readonly key: Key } | undefined;

/** The key of the secret; the last one is kept, as a service has but one. */
async function keyOf(secret: string): Promise<Key> {
  if (known?.secret === secret) return known.key;
  const bytes = utf8(secret);
  if (bytes.length < MIN_SECRET_BYTES) {
    throw new AppError('misuse', `The secret of a cursor must have at least ${MIN_SECRET_BYTES} bytes`);
  }
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  known = { secret, key };
  return key;
}

/** What makes a list another one, as bytes; unambiguously apart from what follows them: JSON holds no NUL. */
export const bindingOf = (list: readonly unknown[]): Binding => utf8(`${JSON.stringify(list)}\0`);
