import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { chooseAccount } from '../../src/dev/postgres/account.ts';
import { findBinaries } from '../../src/dev/postgres/binaries.ts';
import { createCluster } from '../../src/dev/postgres/cluster.ts';
import { startPostgres } from '../../src/dev/postgres.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kura root é-')));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The real, effective, saved and file-system user of a process, and the capabilities that it has. */
function status(pid: number): { users: number[]; capabilities: bigint } {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const users = /^Uid:\s+(.*)$/m.exec(text)?.[1]?.split(/\s+/).map(Number) ?? [];
  return { users, capabilities: BigInt(`0x${/^CapEff:\s+(\w+)$/m.exec(text)?.[1]}`) };
}

// Postgres refuses to run as root; whoever runs the tests as another user has no use for these.
describe.runIf(process.getuid?.() === 0)('as root', () => {
  test('runs as another user without any capability where that user can reach it', async () => {
    chmodSync(folder, 0o755);
    const dataDir = join(folder, 'open/data');
    const postgres = await startPostgres({ dataDir, settings: { fsync: 'off' } });
    const owner = statSync(dataDir).uid;
    expect(owner).not.toBe(0);
    const { users, capabilities } = status(postgres.pid);
    expect(users).toEqual([owner, owner, owner, owner]);
    // Where npm has put the programs in a closed folder, passing it is all that is allowed.
    expect([0n, 1n << 2n, 1n << 1n]).toContain(capabilities);
    await postgres.stop();
  });

  test('passes a closed folder, with that one capability', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const dataDir = join(closed, 'data');
    const postgres = await startPostgres({ dataDir, settings: { fsync: 'off' } });
    const { users, capabilities } = status(postgres.pid);
    expect(users).not.toContain(0);
    expect([1n << 2n, 1n << 1n]).toContain(capabilities);
    await postgres.stop();

    // And again, on the same data, when the folder has been opened: by then it belongs to that user.
    chmodSync(closed, 0o755);
    const again = await startPostgres({ dataDir, settings: { fsync: 'off' } });
    await again.stop();
    expect(await again.exited).toEqual({ code: 0, signal: null });
  });

  test('uses programs that npm has put in a closed folder, and closed themselves', async () => {
    const open = findBinaries();
    const home = join(folder, 'closed/native');
    cpSync(open.home, home, { recursive: true, verbatimSymlinks: true });
    chmodSync(join(folder, 'closed'), 0o700);
    const binaries = { home, postgres: join(home, 'bin/postgres'), initdb: join(home, 'bin/initdb') };
    const dataDir = join(folder, 'closed/programs');
    for (const mode of [0o755, 0o700]) {
      for (const program of [binaries.postgres, binaries.initdb]) chmodSync(program, mode);
      const account = chooseAccount(binaries, dataDir);
      await createCluster({ dataDir, user: 'kura', password: 'kura' }, binaries, account);
      expect(statSync(dataDir).uid).toBe(account.owner?.uid);
      rmSync(dataDir, { recursive: true });
    }
  });

  test('takes over data that came from elsewhere as files of root', async () => {
    const dataDir = join(folder, 'open/data');
    for (const entry of readdirSync(dataDir, { recursive: true })) chownSync(join(dataDir, String(entry)), 0, 0);
    chownSync(dataDir, 0, 0);
    const postgres = await startPostgres({ dataDir, settings: { fsync: 'off' } });
    expect(statSync(join(dataDir, 'base')).uid).not.toBe(0);
    await postgres.stop();
  });
});
