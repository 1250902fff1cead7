import { Command, CommanderError } from 'commander';
import { baselineCommand } from './commands/baseline.ts';
import { checkCommand } from './commands/check.ts';
import { createCommand } from './commands/create.ts';
import { currentCommand } from './commands/current.ts';
import { downgradeCommand } from './commands/downgrade.ts';
import { headsCommand } from './commands/heads.ts';
import { historyCommand } from './commands/history.ts';
import { lintCommand } from './commands/lint.ts';
import { mergeCommand } from './commands/merge.ts';
import { showCommand } from './commands/show.ts';
import { squashCommand } from './commands/squash.ts';
import { stampCommand } from './commands/stamp.ts';
import { statusCommand } from './commands/status.ts';
import { upgradeCommand } from './commands/upgrade.ts';
import { verifyCommand } from './commands/verify.ts';

// `npm run db -- VERB`. What each verb does, prints and ends with is in docs/migrations.md.

const program = new Command('npm run db --')
  .description('Migrations: Alembic’s verbs for Drizzle')
  .showHelpAfterError('(add --help for the options)')
  .exitOverride();
for (const command of [
  createCommand(),
  upgradeCommand(),
  downgradeCommand(),
  currentCommand(),
  historyCommand(),
  headsCommand(),
  showCommand(),
  statusCommand(),
  checkCommand(),
  lintCommand(),
  verifyCommand(),
  stampCommand(),
  baselineCommand(),
  mergeCommand(),
  squashCommand(),
]) {
  program.addCommand(command.exitOverride().copyInheritedSettings(program));
}

process.on('SIGINT', () => {
  // A running transaction is rolled back by the server, as after any lost connection.
  if (process.stdout.isTTY) process.stdout.write('\u001b[?25h'); // a live list hides the cursor
  process.stderr.write('\nerror Interrupted: what was not finished is not saved\n');
  process.exit(130);
});
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // a closed pipe

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode !== 0 && process.argv.includes('--json')) {
    const message = error.message.replace(/^error: /, '');
    process.stdout.write(
      `${JSON.stringify({ ok: false, verb: process.argv[2] ?? null, error: { code: 'usage', message } }, null, 2)}\n`,
    );
  }
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
process.exit();
