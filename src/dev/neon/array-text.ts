/**
 * Turns the text of a Postgres array (https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO) into the text of a JSON
 * array. Bounds (`[1:2]=`) are dropped: JSON has no place for them. `item` turns one element's text into JSON text.
 * Throws SyntaxError where the text is not an array.
 */
export function arrayToJson(text: string, item: (text: string) => string): string {
  let at = text.startsWith('[') ? text.indexOf('=') + 1 : 0;
  const json = readArray();
  if (at !== text.length) throw new SyntaxError('unbalanced array');
  return json;

  function readArray(): string {
    if (text[at] !== '{') throw new SyntaxError('unbalanced array');
    at += 1;
    const items: string[] = [];
    while (text[at] !== '}') {
      items.push(readItem());
      if (text[at] === ',') at += 1;
      else if (text[at] !== '}') throw new SyntaxError('unbalanced array');
    }
    at += 1;
    return `[${items.join(',')}]`;
  }

  function readItem(): string {
    if (text[at] === '{') return readArray();
    if (text[at] === '"') return item(readQuoted());
    const start = at;
    while (at < text.length && text[at] !== ',' && text[at] !== '}') at += 1;
    const bare = text.slice(start, at);
    return bare === 'NULL' ? 'null' : item(bare);
  }

  function readQuoted(): string {
    let value = '';
    for (at += 1; text[at] !== '"'; at += 1) {
      if (text[at] === '\\') at += 1;
      if (at >= text.length) throw new SyntaxError('unbalanced quoted string');
      value += text[at];
    }
    at += 1;
    return value;
  }
}
