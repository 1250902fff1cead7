import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Control } from './control.ts';

/**
 * Fuses, one for statements and one for COMMIT: the next write of a table meets a serialization failure, once. A sequence
 * keeps its value when the transaction is rolled back.
 */
export const DISTURBANCES = `
  create sequence fuse_statement; create sequence fuse_commit;
  create function burn() returns trigger language plpgsql as $$
  declare lit boolean;
  begin
    execute format('select last_value = 2 from %I', tg_argv[0]) into lit;
    if lit then
      perform setval(tg_argv[0]::regclass, 1);
      raise exception 'could not serialize access' using errcode = '40001';
    end if;
    return null;
  end $$;
  do $$
  declare name regclass;
  begin
    for name in select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace loop
      execute format('create trigger a_fuse before insert or update or delete on %s execute function burn(%L)', name, 'fuse_statement');
      execute format('create constraint trigger a_fuse_at_commit after insert or update or delete on %s
        deferrable initially deferred for each row execute function burn(%L)', name, 'fuse_commit');
    end loop;
  end $$;
`;

/** From now on the next write, or the next COMMIT, fails to serialize. */
export async function light(control: Control, at: 'statement' | 'commit'): Promise<void> {
  await control.query(`select setval('fuse_${at}', 2)`);
}

/** Puts both fuses out; gives whether one still burnt. */
export async function extinguish(control: Control): Promise<boolean> {
  const [row] = await control.query<{ lit: boolean }>(`select s.last_value = 2 or c.last_value = 2 as lit,
    setval('fuse_statement', 1), setval('fuse_commit', 1) from fuse_statement s, fuse_commit c`);
  return row?.lit === true;
}

/** Ends every backend of the runtime's, and waits for each, up to half a second. Gives how many there were. */
export async function killBackends(control: Control): Promise<number> {
  const killed = await control.query(`select pg_terminate_backend(pid, 500) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name = 'kura'`);
  return killed.length;
}

const LOCK = `do $$
  declare name regclass;
  begin
    for name in select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace loop
      begin
        execute format('lock table %s in exclusive mode nowait', name);
      exception when lock_not_available then null;
      end;
    end loop;
  end $$`;

const SOMEBODY_WAITS = `select 1 from pg_locks l join pg_database d on d.oid = l.database
  where not l.granted and d.datname = current_database() limit 1`;

export interface TableLock {
  /** Ends it; gives whether anybody has waited for it. */
  release(): Promise<boolean>;
}

/** Locks the tables against writes, but for those that somebody is writing to: one does not wait for oneself. */
export async function lockTables({ url }: Control): Promise<TableLock> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  await client.query('begin');
  await client.query(LOCK);
  let over = false;
  const watching = (async () => {
    for (let waited = false; ; await sleep(30)) {
      waited ||= (await client.query(SOMEBODY_WAITS)).rows.length > 0;
      if (waited || over) return waited;
    }
  })().catch(() => false); // Postgres was restarted by a case beside it
  return {
    async release() {
      over = true;
      const waited = await watching;
      await client.end();
      return waited;
    },
  };
}
