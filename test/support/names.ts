/** The migrated database that every test file's own one is cloned from. */
export const TEMPLATE = 'kura_template';

/** For the environments that have no default. */
export const SECRET_KEY = 'a secret key for the tests, and for nothing else';
