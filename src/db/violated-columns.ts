/**
 * The columns in a constraint violation's detail, `Key (lower(email), team_id)=(…)`: names, never values. Of an index's
 * expressions only calls with one column are told, and only that column: another's text could hold a constant.
 */
export function violatedColumns(detail: string | undefined): string[] {
  const key = /^Key \((.*?)\)=\(/s.exec(detail ?? '')?.[1] ?? '';
  return parts(key).flatMap((part) => {
    const [, name] = COLUMN.exec(part) ?? CALL.exec(part) ?? [];
    return name ? [name.replace(/^"|"$/g, '').replaceAll('""', '"')] : [];
  });
}

const NAME = '"(?:[^"]|"")+"|[\\p{L}_][\\p{L}\\d_$]*';
const COLUMN = new RegExp(`^(${NAME})$`, 'u');
/** `lower(email::text)`, `COALESCE(label, ''::text)`. */
const CALL = new RegExp(`^\\w+\\((${NAME})(?:::[\\w ]+)?(?:, (?:'[^']*'|[\\d.]+)(?:::[\\w ]+)?)*\\)$`, 'u');

/** Splits at the commas that are in no parentheses and no quotes. */
function parts(list: string): string[] {
  return list.match(/(?:"[^"]*"|'[^']*'|\((?:[^()]|\([^()]*\))*\)|[^,])+/g)?.map((part) => part.trim()) ?? [];
}
