export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * `mine` and `theirs`, both changes of `base`, joined key by key. `conflicts` are the paths that both changed, each in
 * another way: there `mine` stands.
 */
export function threeWay(
  base: Json | undefined,
  mine: Json | undefined,
  theirs: Json | undefined,
  path = '',
): { value: Json | undefined; conflicts: string[] } {
  const same = (a: Json | undefined, b: Json | undefined) => JSON.stringify(a) === JSON.stringify(b);
  if (same(mine, theirs) || same(base, theirs)) return { value: mine, conflicts: [] };
  if (same(base, mine)) return { value: theirs, conflicts: [] };
  if (!isObject(mine) || !isObject(theirs)) return { value: mine, conflicts: [path] };
  const old = isObject(base) ? base : {};
  const value: Record<string, Json> = {};
  const conflicts: string[] = [];
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const merged = threeWay(old[key], mine[key], theirs[key], path ? `${path}/${key}` : key);
    if (merged.value !== undefined) value[key] = merged.value;
    conflicts.push(...merged.conflicts);
  }
  return { value, conflicts };
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
