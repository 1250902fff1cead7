import { Command, CommanderError } from 'commander';
import { createCommand } from './create.ts';
import { grantCommand, listCommand, revokeCommand } from './superusers.ts';

// `npm run admin -- COMMAND`: what needs the database's URL instead of a session, as there is no superuser before the first.

const program = new Command('npm run admin --')
  .description('Superusers')
  .showHelpAfterError('(add --help for the options)')
  .exitOverride();
for (const command of [createCommand(), grantCommand(), revokeCommand(), listCommand()]) {
  program.addCommand(command.exitOverride().copyInheritedSettings(program));
}

process.on('SIGINT', () => {
  process.stderr.write('\nerror Interrupted\n');
  process.exit(130);
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
process.exit();
