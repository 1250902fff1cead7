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

export async function extinguish(control: Control): Promise<void> {
  await control.query(`select setval('fuse_statement', 1), setval('fuse_commit', 1)`);
}

/** Ends every backend of the runtime's, and waits for each, up to half a second. */
export async function killBackends(control: Control): Promise<void> {
  await control.query(`select pg_terminate_backend(pid, 500) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name = 'kura'`);
}

const LOCK = `do $$
  begin
    perform set_config('lock_timeout', '150', true);
    execute (select 'lock table ' || string_agg(oid::regclass::text, ', ') || ' in exclusive mode'
      from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace);
  exception when lock_not_available then null;
  end $$`;

/** Locks every table against writes. What writes already is let be: then there is nothing to wait for. */
export async function lockTables({ url }: Control): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  await client.query('begin');
  await client.query(LOCK);
  return { release: () => client.end() };
}
