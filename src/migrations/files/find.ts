import { MigrationFault } from '../fault.ts';

/**
 * The one that `text` names among `all`: by its whole name, its number (`0003`, `3`) or a part of the name that no other
 * has. Throws `usage`.
 */
export function findByName<T extends { readonly name: string }>(all: readonly T[], text: string): T {
  const exact = all.filter(({ name }) => name === text);
  const numbered = /^\d+$/.test(text) ? all.filter(({ name }) => Number(name.split('_')[0]) === Number(text)) : [];
  const partial = /^\d+$/.test(text) ? [] : all.filter(({ name }) => name.includes(text));
  for (const found of [exact, numbered, partial]) {
    if (found.length === 1 && found[0]) return found[0];
    if (found.length > 1) {
      throw new MigrationFault('usage', `"${text}" could be ${found.map(({ name }) => name).join(' or ')}: say which`);
    }
  }
  throw new MigrationFault('usage', `There is no migration "${text}": \`npm run db -- history\` lists them`);
}
