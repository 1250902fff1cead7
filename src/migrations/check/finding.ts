/** Something that `check` found: what is wrong, and what to do. */
export interface Finding {
  readonly code:
    | 'schema_differs'
    | 'edited'
    | 'missing_file'
    | 'unknown_migration'
    | 'out_of_order'
    | 'two_heads'
    | 'unfinished'
    | 'ledgers_differ'
    | 'invalid_index'
    | 'drift';
  readonly message: string;
  readonly advice: string;
  /** The migration or the object. */
  readonly subject: string;
}
