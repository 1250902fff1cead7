/** Values as SQL text: what runs online and what `--sql` prints are the same characters. */
export function literal(value: string | number | null): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return String(value);
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return value.includes('\\') ? ` E${quoted}` : quoted;
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
