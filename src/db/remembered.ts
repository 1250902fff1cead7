/** More than a service has connection strings. */
const MOST = 16;

/** The same pure function, remembering its last few results: to parse a URL costs as much as to build a small query. */
export function remembered<A extends readonly string[], T>(compute: (...args: A) => T): (...args: A) => T {
  const known = new Map<string, T>();
  return (...args) => {
    const key = args.join('\n');
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size === MOST) known.clear();
    const result = compute(...args);
    known.set(key, result);
    return result;
  };
}

/** The same pure function of an object that stays as it is, computed once for it. */
export function rememberedOf<K extends object, T extends object | string>(compute: (key: K) => T): (key: K) => T {
  const known = new WeakMap<K, T>();
  return (key) => {
    const found = known.get(key);
    if (found) return found;
    const result = compute(key);
    known.set(key, result);
    return result;
  };
}
