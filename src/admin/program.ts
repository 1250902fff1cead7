import { Command, CommanderError } from 'commander';
import { commands } from './commands.ts';

// `npm run admin -- COMMAND`. What each does is in docs/accounts.md.

const program = new Command('npm run admin --')
  .description('Superusers')
  .showHelpAfterError('(add --help for the options)')
  .exitOverride();
for (const command of commands()) {
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
