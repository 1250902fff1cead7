import { expect, it } from 'vitest';
import { parseEnv } from '../../src/env.ts';

const DATABASE_URL = 'postgres://kura:s3cret@host/kura';

it('fills in the defaults', () => {
  expect(parseEnv({ DATABASE_URL })).toEqual({
    ENVIRONMENT: 'development',
    DATABASE_URL,
    DEBUG: false,
    STATEMENT_TIMEOUT_MS: 30_000,
    REQUEST_TIMEOUT_MS: 30_000,
    BCRYPT_COST: 10,
  });
});

it.each([
  [{}, 'DATABASE_URL is missing'],
  [{ DATABASE_URL: 'mysql://root:s3cret@host/db' }, 'DATABASE_URL is wrong: must be a URL of the form postgres://'],
  [{ DATABASE_URL: 'postgres://host/db' }, 'DATABASE_URL is wrong'],
  [{ DATABASE_URL, BCRYPT_COST: '40' }, 'BCRYPT_COST is wrong'],
  [{ DATABASE_URL, DEBUG: 'perhaps' }, 'DEBUG is wrong'],
  [{ ENVIRONMENT: 'moon' }, 'ENVIRONMENT is wrong: .*; DATABASE_URL is missing'],
])('names what is wrong in %o, and never a value', (variables, message) => {
  expect(() => parseEnv(variables)).toThrow(new RegExp(message));
  expect(() => parseEnv(variables)).not.toThrow(/s3cret/);
});

it('parses the same variables once', () => {
  const variables = { DATABASE_URL };
  expect(parseEnv(variables)).toBe(parseEnv(variables));
});
