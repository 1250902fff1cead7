/** Backend messages that the proxy writes itself (https://www.postgresql.org/docs/18/protocol-message-formats.html). */

/** AuthenticationCleartextPassword. */
export function askForPassword(): Buffer {
  return message('R', int32(3));
}

/** All that follows a good password: AuthenticationOk, the parameters, the cancel key, ReadyForQuery (idle). */
export function welcome(parameters: Map<string, string>, key: { processId: number; secretKey: number }): Buffer {
  return Buffer.concat([
    message('R', int32(0)),
    ...Array.from(parameters, ([name, value]) => message('S', text(name), text(value))),
    message('K', int32(key.processId), int32(key.secretKey)),
    message('Z', Buffer.from('I')),
  ]);
}

/** The fields of an ErrorResponse that a log-in can fail with. */
export interface ErrorFields {
  message: string;
  severity?: string | undefined;
  code?: string | undefined;
  detail?: string | undefined;
  hint?: string | undefined;
  file?: string | undefined;
  line?: string | undefined;
  routine?: string | undefined;
}

/** ErrorResponse. */
export function errorResponse(error: ErrorFields): Buffer {
  const fields = {
    S: error.severity,
    V: error.severity,
    C: error.code,
    M: error.message,
    D: error.detail,
    H: error.hint,
    F: error.file,
    L: error.line,
    R: error.routine,
  };
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return message('E', ...present.map(([key, value]) => text(`${key}${value}`)), Buffer.from([0]));
}

function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
