import type { Splitter, Unit } from './fault-unit.ts';

/** The first word of a packet that has no type byte (postgres, src/include/libpq/pqcomm.h). */
const OPENINGS: Readonly<Record<number, string>> = {
  196608: 'StartupMessage',
  80877102: 'CancelRequest',
  80877103: 'SSLRequest',
  80877104: 'GSSENCRequest',
};

const FRONTEND: Readonly<Record<string, string>> = {
  B: 'Bind',
  C: 'Close',
  D: 'Describe',
  E: 'Execute',
  H: 'Flush',
  P: 'Parse',
  Q: 'Query',
  S: 'Sync',
  X: 'Terminate',
  p: 'PasswordMessage',
};

const BACKEND: Readonly<Record<string, string>> = {
  1: 'ParseComplete',
  2: 'BindComplete',
  3: 'CloseComplete',
  C: 'CommandComplete',
  D: 'DataRow',
  E: 'ErrorResponse',
  I: 'EmptyQueryResponse',
  K: 'BackendKeyData',
  N: 'NoticeResponse',
  R: 'Authentication',
  S: 'ParameterStatus',
  T: 'RowDescription',
  Z: 'ReadyForQuery',
  n: 'NoData',
};

/** What a client says to Postgres, message by message; each is named with the first word of its statement. */
export function frontendMessages(): Splitter {
  let verb = '';
  let opened = false;
  return messages(
    () => !opened,
    (message, type) => {
      if (type === undefined) {
        const opening = OPENINGS[message.readUInt32BE(4)] ?? 'unknown opening';
        opened = opening !== 'SSLRequest' && opening !== 'GSSENCRequest';
        return opening;
      }
      if (type === 'P') verb = firstWord(afterNul(message.subarray(5)));
      if (type === 'Q') verb = firstWord(message.subarray(5));
      const ofStatement = 'BDEPQS'.includes(type);
      return [FRONTEND[type] ?? type, ofStatement && verb].filter(Boolean).join(' ');
    },
  );
}

/** What Postgres says to a client, message by message; what ends a statement is named with its command tag. */
export function backendMessages(): Splitter {
  let tag = '';
  return messages(
    () => false,
    (message, type = '') => {
      const name = BACKEND[type] ?? type;
      if (type === 'C') tag = firstWord(message.subarray(5)).toUpperCase();
      if (type === 'R') return message.readUInt32BE(5) === 0 ? 'AuthenticationOk' : 'AuthenticationRequest';
      if (type === 'C' || (type === 'Z' && tag)) return `${name} ${tag}`;
      return name;
    },
  );
}

function messages(untyped: () => boolean, nameOf: (message: Buffer, type?: string) => string): Splitter {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const units: Unit[] = [];
    for (;;) {
      const header = untyped() ? 0 : 1;
      if (rest.length < header + 4) return units;
      const length = header + rest.readUInt32BE(header);
      if (rest.length < Math.max(length, header ? 5 : 8)) return units;
      const bytes = rest.subarray(0, length);
      rest = rest.subarray(length);
      units.push({ label: nameOf(bytes, header ? String.fromCharCode(bytes[0] ?? 0) : undefined), bytes });
    }
  };
}

const afterNul = (bytes: Buffer) => bytes.subarray(bytes.indexOf(0) + 1);
const firstWord = (bytes: Buffer) =>
  /^[\s(]*([a-z]+)/i.exec(bytes.subarray(0, 200).toString('latin1'))?.[1]?.toLowerCase() ?? '';
