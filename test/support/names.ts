/** The migrated database that every test file's own one is cloned from. */
export const TEMPLATE = 'kura_template';
