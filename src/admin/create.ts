import { text as readAll } from 'node:stream/consumers';
import { text as ask, password as askHidden, isCancel } from '@clack/prompts';
import type { Command } from 'commander';
import { record } from '../audit/record.ts';
import { AppError } from '../errors.ts';
import { MigrationFault } from '../migrations/fault.ts';
import { newUser } from '../users/crud.ts';
import { assertSuits } from '../users/password-rules.ts';
import { userRepository } from '../users/repository.ts';
import { CreateUser } from '../users/schemas.ts';
import { asTaken } from '../users/taken.ts';
import { origin, withAccounts } from './database.ts';
import { command, run } from './run.ts';

interface Flags {
  readonly url?: string;
  readonly username?: string;
  readonly email?: string;
  readonly fullName?: string;
  readonly passwordStdin?: boolean;
}

export function createCommand(): Command {
  return command('create', 'Make a superuser, with an account of their own')
    .option('--username <name>', 'asked for on a terminal')
    .option('--email <address>', 'asked for on a terminal')
    .option('--full-name <name>')
    .option('--password-stdin', 'read the password from standard input; else from ADMIN_PASSWORD, else it is asked for')
    .action((flags: Flags) =>
      run(async () => {
        const input = checked({
          username: await given('username', flags.username),
          email: await given('email', flags.email),
          fullName: flags.fullName,
          password: await password(flags),
        });
        return withAccounts(flags.url, async ({ db, env, where }) => {
          assertSuits(input.password, env.PASSWORD_MIN_LENGTH, input, 'password');
          const values = await newUser(input, env.BCRYPT_COST);
          const details = { isSuperuser: true };
          await db
            .batch((tx) => [
              userRepository.create(tx, { ...values, isSuperuser: true }),
              record(tx, origin, { event: 'user.created', userId: values.id, details }),
            ])
            .catch(asTaken);
          return [`${values.username} is a superuser of ${where} (${values.id})`];
        });
      }),
    );
}

/** Throws `invalid_input` with everything that is wrong. */
function checked(input: unknown): CreateUser {
  const { success, data, error } = CreateUser.safeParse(input);
  if (success) return data;
  const fields = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new AppError('invalid_input', undefined, { fields });
}

/** Nobody is asked where nobody would see it. */
const canAsk = () => process.stdin.isTTY === true && process.stdout.isTTY === true;

async function given(name: 'username' | 'email', flag: string | undefined): Promise<string> {
  if (flag !== undefined) return flag;
  if (!canAsk()) throw new MigrationFault('usage', `Give --${name}: there is no terminal to ask on`);
  return answered(await ask({ message: name === 'email' ? 'E-mail address' : 'Username' }));
}

async function password({ passwordStdin }: Flags): Promise<string> {
  if (passwordStdin) return (await readAll(process.stdin)).replace(/\r?\n$/, '');
  const { ADMIN_PASSWORD } = process.env;
  if (ADMIN_PASSWORD) return ADMIN_PASSWORD;
  if (!canAsk()) {
    throw new MigrationFault(
      'usage',
      'Give the password by --password-stdin or ADMIN_PASSWORD: there is no terminal to ask on',
    );
  }
  const first = answered(await askHidden({ message: 'Password' }));
  if (answered(await askHidden({ message: 'The same again' })) !== first) {
    throw new MigrationFault('usage', 'These are two passwords');
  }
  return first;
}

function answered(answer: string | symbol | undefined): string {
  if (isCancel(answer)) throw new MigrationFault('interrupted', 'Nothing was made');
  return String(answer ?? '');
}
