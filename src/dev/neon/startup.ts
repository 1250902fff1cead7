import type { ByteReader } from './bytes.ts';
import type { BackendKey } from './cancel.ts';
import { ProtocolError } from './errors.ts';

/** What Postgres itself accepts at most (`MAX_STARTUP_PACKET_LENGTH`). */
const MAX_STARTUP_BYTES = 10_000;
const MAX_PASSWORD_BYTES = 65_536;

const SSL_REQUEST = 80877103;
const GSSENC_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;

/** What a client opens its connection with. */
export type Opening = { kind: 'cancel'; key: BackendKey } | { kind: 'startup'; parameters: Map<string, string> };

/** Reads up to the start-up packet; `refuse` answers the requests for encryption before it ('N'). */
export async function readOpening(reader: ByteReader, refuse: () => void): Promise<Opening> {
  for (;;) {
    const length = (await reader.take(4)).readInt32BE();
    if (length < 8 || length > MAX_STARTUP_BYTES) throw new ProtocolError('invalid length of startup packet');
    const packet = await reader.take(length - 4);
    const code = packet.readInt32BE();
    if (code === SSL_REQUEST || code === GSSENC_REQUEST) {
      refuse();
    } else if (code === CANCEL_REQUEST && packet.length === 12) {
      return { kind: 'cancel', key: { processId: packet.readInt32BE(4), secretKey: packet.readInt32BE(8) } };
    } else if (code >> 16 === 3) {
      return { kind: 'startup', parameters: readParameters(packet.subarray(4)) };
    } else {
      throw new ProtocolError('unsupported frontend protocol');
    }
  }
}

/** Reads the PasswordMessage. */
export async function readPassword(reader: ByteReader): Promise<string> {
  const header = await reader.take(5);
  const length = header.readInt32BE(1) - 4;
  if (header[0] !== 0x70) throw new ProtocolError('expected a password');
  if (length < 1 || length > MAX_PASSWORD_BYTES) throw new ProtocolError('invalid length of password');
  return (await reader.take(length)).toString().replace(/\0$/, '');
}

/**
 * What is left of a client's `options`: Neon takes out what names an endpoint or is an option of its own
 * (`filtered_options` in proxy/src/compute/mod.rs). Undefined for nothing.
 */
export function filterOptions(options: string): string | undefined {
  // Split at white space that no backslash escapes, as Postgres does; escapes stay as they are.
  const words = options.match(/(?:\\[\s\S]|[^\s\\]|\\$)+/g) ?? [];
  return words.filter((word) => !/^(project=|endpoint=|neon_\w+:.)/.test(word)).join(' ') || undefined;
}

function readParameters(bytes: Buffer): Map<string, string> {
  const words = bytes.toString().split('\0');
  const parameters = new Map<string, string>();
  for (let at = 0; at + 1 < words.length && words[at] !== ''; at += 2)
    parameters.set(words[at] ?? '', words[at + 1] ?? '');
  return parameters;
}
