import type { Command } from 'commander';
import { record } from '../audit/record.ts';
import { AppError } from '../errors.ts';
import { userRepository } from '../users/repository.ts';
import { lastSuperuser, superuserLeft } from '../users/superusers.ts';
import { origin, withAccounts } from './database.ts';
import { command, run } from './run.ts';

interface Flags {
  readonly url?: string;
}

/** More than anybody has superusers. */
const MOST = 1000;

export function listCommand(): Command {
  return command('list', 'List the superusers').action(({ url }: Flags) =>
    run(() =>
      withAccounts(url, async ({ db }) => {
        const superusers = await userRepository.all(db, { where: { isSuperuser: true }, limit: MOST });
        return superusers.map(({ id, username, email, isActive }) =>
          [id, username, email, ...(isActive ? [] : ['not active'])].join('  '),
        );
      }),
    ),
  );
}

export const grantCommand = (): Command => changing('grant', 'Make a user a superuser', true);

export const revokeCommand = (): Command => changing('revoke', 'Make a superuser a user like any other', false);

function changing(name: string, description: string, isSuperuser: boolean): Command {
  return command(name, description)
    .argument('<login>', 'username or e-mail address')
    .action((login: string, { url }: Flags) =>
      run(() =>
        withAccounts(url, async ({ db, where }) => {
          const user = await userRepository.findByLogin(db, login);
          if (!user) throw new AppError('not_found', `There is no user ${login} in ${where}`);
          const details = { fields: ['isSuperuser'], isSuperuser };
          await db
            .batch((tx) =>
              superuserLeft(tx, [
                userRepository.update(tx, user.id, { isSuperuser }),
                record(tx, origin, { event: 'user.changed', userId: user.id, details }),
              ]),
            )
            .catch(lastSuperuser);
          return [`${user.username} is ${isSuperuser ? 'a' : 'no'} superuser of ${where}`];
        }),
      ),
    );
}
