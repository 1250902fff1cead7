import * as z from 'zod/mini';
import type { Relation, With } from '../db/relations.ts';
import { presentUser } from './presenter.ts';
import { UserView } from './schemas.ts';
import type { User, users } from './table.ts';

/** What a feature that builds on this one lets be read with a user, in the same statement: `?include=posts`. */
export interface Included<V> {
  /** Reads it as the API shows it, with one user. */
  readonly ofOne: Relation<V, 'id'>;
  /** With each of a page of users; less of it, so that all of them fit into an answer of the database. */
  readonly ofEach: Relation<V, 'id'>;
  readonly view: z.ZodMiniType<V>;
}

/** By the names of the parameter, which are those of the fields. */
export type Includes = Readonly<Record<string, Included<unknown>>>;

/** A user, with what was asked for. */
export type UserWith<I extends Includes> = UserView & {
  -readonly [K in keyof I]?: I[K] extends Included<infer V> ? V : never;
};

/** The names, parted by commas, as the relations to load. */
export function includeField(includes: Includes, amount: 'ofOne' | 'ofEach') {
  const names = Object.keys(includes);
  const read = z.transform((list: string, context): With<typeof users> => {
    const asked = list.split(',');
    const unknown = asked.filter((name) => !names.includes(name));
    for (const name of unknown) {
      context.issues.push({
        code: 'custom',
        message: `cannot include "${name}", only ${names.join(', ')}`,
        input: list,
      });
    }
    const given = asked.flatMap((name) => (includes[name] ? [[name, includes[name][amount]] as const] : []));
    return Object.fromEntries(given);
  });
  const name = `(${names.join('|')})`;
  return z.optional(
    z.pipe(z.string('must be one list, parted by commas'), read).register(z.globalRegistry, {
      pattern: `^${name}(,${name}){0,${Math.max(0, names.length - 1)}}$`,
      description: 'What else to read, parted by commas; the `ETag` is then one of all of it, and none for `If-Match`',
    }),
  );
}

/** The body of a user with what was asked for. */
export function userWithView<I extends Includes>(includes: I) {
  const fields = Object.entries(includes).map(([name, { view }]) => [name, z.optional(view)]);
  return asView<I>(z.extend(UserView, Object.fromEntries(fields)));
}

/** A user, with those of the includes that were read, as the API shows one. */
export function presentUserWith<I extends Includes>(user: User, includes: I): UserWith<I> {
  const related = Object.entries(user).filter(([name]) => Object.hasOwn(includes, name));
  return { ...presentUser(user), ...asRelated<I>(Object.fromEntries(related)) };
}

/** The view has the fields that `I` names, each optional. */
const asView = <I extends Includes>(view: z.ZodMiniType) => view as z.ZodMiniType<UserWith<I>>;

/** What the relations of `I` have read, as the API shows it. */
const asRelated = <I extends Includes>(related: object) => related as Omit<UserWith<I>, keyof UserView>;
