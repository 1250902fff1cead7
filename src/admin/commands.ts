import type { Command } from 'commander';
import { createCommand } from './create.ts';
import { grantCommand, listCommand, revokeCommand } from './superusers.ts';

/** What needs the database's URL instead of a session, as there is no superuser before the first. */
export const commands = (): Command[] => [createCommand(), grantCommand(), revokeCommand(), listCommand()];
