type Level = 'info' | 'warn' | 'error';

/** One line of JSON on the console. `fields` are no path, query, body, token, address or SQL: whoever reads logs may read none. */
export function log(level: Level, event: string, fields: object): void {
  console[level](JSON.stringify({ level, time: new Date().toISOString(), event, ...fields }));
}
