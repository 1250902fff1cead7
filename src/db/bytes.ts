/** Bytes as Postgres text: `\x`, then two hex digits a byte (PostgreSQL manual, 8.4.1). */
export const bytesToText = (bytes: Uint8Array): string =>
  `\\x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;

/** The bytes of such a text. */
export function bytesFromText(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length - 2) / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i + 2, 2 * i + 4), 16);
  return bytes;
}
