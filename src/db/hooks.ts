import { log } from '../log.ts';

/** What to do once the outcome of the outermost transaction is known. */
export type Hook = () => unknown;

/** The hooks of one transaction or savepoint, in the order they were given. */
export class Hooks {
  #hooks: { readonly on: 'commit' | 'rollback'; readonly hook: Hook; undone: boolean }[] = [];

  add(on: 'commit' | 'rollback', hook: Hook): void {
    this.#hooks.push({ on, hook, undone: false });
  }

  /** Takes over a savepoint's hooks. If it was rolled back, that is their outcome, whatever becomes of the rest. */
  adopt(inner: Hooks, rolledBack: boolean): void {
    for (const entry of inner.#hooks) this.#hooks.push({ ...entry, undone: entry.undone || rolledBack });
    inner.#hooks = [];
  }

  /** Runs those that the outcome calls for, one after the other. An error in one is logged and changes nothing. */
  async run(committed: boolean): Promise<void> {
    const hooks = this.#hooks;
    this.#hooks = [];
    for (const { on, hook, undone } of hooks) {
      if ((on === 'commit') !== (committed && !undone)) continue;
      try {
        await hook();
      } catch (error) {
        const name = error instanceof Error ? error.name : typeof error;
        log('error', 'transaction_hook_failed', { on, error: name });
      }
    }
  }
}
