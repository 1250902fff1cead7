import { expect, it } from 'vitest';
import { parseEnv } from '../../src/env.ts';
import { SECRET_KEY } from '../support/names.ts';

const DATABASE_URL = 'postgres://kura:s3cret@host/kura';

it('fills in the defaults', () => {
  expect(parseEnv({ DATABASE_URL })).toEqual({
    ENVIRONMENT: 'development',
    DATABASE_URL,
    DEBUG: false,
    PASSWORD_MIN_LENGTH: 8,
    SECRET_KEY: 'a secret for development, and for nothing else',
    SESSION_IDLE_HOURS: 168,
    SESSION_MAX_HOURS: 720,
    STATEMENT_TIMEOUT_MS: 30_000,
    REQUEST_TIMEOUT_MS: 30_000,
    MAX_CONCURRENT_REQUESTS: 200,
    BCRYPT_COST: 10,
    PUBLIC_URL: 'http://localhost:8787',
    CORS_ORIGINS: [],
    RESEND_URL: 'https://api.resend.com',
  });
});

it.each([
  [{}, 'DATABASE_URL is missing'],
  [{ DATABASE_URL: 'mysql://root:s3cret@host/db' }, 'DATABASE_URL is wrong: must be a URL of the form postgres://'],
  [{ DATABASE_URL: 'postgres://host/db' }, 'DATABASE_URL is wrong'],
  [{ DATABASE_URL, ENVIRONMENT: 'staging' }, 'SECRET_KEY is wrong: has to be set in staging'],
  [{ DATABASE_URL, SECRET_KEY: 's3cret' }, 'SECRET_KEY is wrong: must have at least 32 characters'],
  [{ DATABASE_URL, BCRYPT_COST: '40' }, 'BCRYPT_COST is wrong'],
  [{ DATABASE_URL, DEBUG: 'perhaps' }, 'DEBUG is wrong'],
  [{ DATABASE_URL, EMAIL_PROVIDER: 'pigeon' }, 'EMAIL_PROVIDER is wrong'],
  [
    { DATABASE_URL, EMAIL_PROVIDER: 'resend' },
    'RESEND_API_KEY is wrong: has to be set with EMAIL_PROVIDER=resend; MAIL_FROM is wrong: .*; PUBLIC_URL is wrong',
  ],
  [
    { DATABASE_URL, EMAIL_PROVIDER: 'cloudflare', MAIL_FROM: 'a@b.example' },
    '^SEND_EMAIL is wrong: has to be set with',
  ],
  [{ DATABASE_URL, SEND_EMAIL: 's3cret' }, 'SEND_EMAIL is wrong: must be a send_email binding'],
  [
    { DATABASE_URL, EMAIL_PROVIDER: 'inbox', ENVIRONMENT: 'production', SECRET_KEY },
    'EMAIL_PROVIDER is wrong: inbox is for dev',
  ],
  [{ DATABASE_URL, MAIL_FROM: 's3cret' }, 'MAIL_FROM is wrong: must be an address'],
  [{ DATABASE_URL, MAIL_FROM: 'Kura\nBcc: s3cret <a@b.example>' }, 'MAIL_FROM is wrong: must be an address'],
  [{ DATABASE_URL, RESEND_URL: 'ftp://s3cret' }, 'RESEND_URL is wrong: must be a URL of the form https://host'],
  [{ DATABASE_URL, CORS_ORIGINS: '*' }, 'CORS_ORIGINS is wrong: must be origins as https://app.example.com, never [*]'],
  [{ DATABASE_URL, CORS_ORIGINS: 'https://a.example, https://*.example' }, 'CORS_ORIGINS is wrong: must be origins'],
  [{ DATABASE_URL, CORS_ORIGINS: 'https://a.example/s3cret' }, 'CORS_ORIGINS is wrong: must be origins'],
  [{ DATABASE_URL, CORS_ORIGINS: 'HTTPS://a.example' }, 'CORS_ORIGINS is wrong: must be origins'],
  [{ DATABASE_URL, CORS_ORIGINS: 'null' }, 'CORS_ORIGINS is wrong: must be origins'],
  [
    { DATABASE_URL, CORS_ORIGINS: 'http://a.example', ENVIRONMENT: 'staging' },
    'CORS_ORIGINS is wrong: must be https in staging',
  ],
  [{ ENVIRONMENT: 'moon' }, 'ENVIRONMENT is wrong: .*; DATABASE_URL is missing'],
])('names what is wrong in %o, and never a value', (variables, message) => {
  expect(() => parseEnv(variables)).toThrow(new RegExp(message));
  expect(() => parseEnv(variables)).not.toThrow(/s3cret/);
});

it.each([
  ['', []],
  ['https://a.example', ['https://a.example']],
  [' https://a.example ,http://localhost:5173, ', ['https://a.example', 'http://localhost:5173']],
])('reads %j as a list of origins', (CORS_ORIGINS, list) => {
  expect(parseEnv({ DATABASE_URL, CORS_ORIGINS }).CORS_ORIGINS).toEqual(list);
});

it('parses the same variables once', () => {
  const variables = { DATABASE_URL };
  expect(parseEnv(variables)).toBe(parseEnv(variables));
});
