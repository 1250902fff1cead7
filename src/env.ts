import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { AppError } from './errors.ts';

z.config(en()); // zod/mini comes without the words for what is wrong

const postgresUrl = () =>
  z.string().check(z.refine(isPostgresUrl, 'must be a URL of the form postgres://user:password@host/database'));

const wholeNumber = (least: number, most: number, value: number) =>
  z._default(z.coerce.number().check(z.int(), z.minimum(least), z.maximum(most)), value);

/** The most that Postgres takes for a time-out, in ms. */
const MAX_MS = 2_147_483_647;

const MAIL_PROVIDERS = ['inbox', 'resend', 'cloudflare'] as const;

/** A Worker's `send_email` binding, as far as it is used here. */
export interface SendEmailBinding {
  send(message: {
    readonly from: string | { readonly name: string; readonly email: string };
    readonly to: string;
    readonly subject: string;
    readonly text: string;
    readonly html: string;
    readonly headers: Readonly<Record<string, string>>;
  }): Promise<unknown>;
}

const httpUrl = () => z.url({ protocol: /^https?$/, message: 'must be a URL of the form https://host' });

/** Comma-separated origins, as a browser spells them. */
const origins = () =>
  z.pipe(
    z
      .string()
      .check(z.refine((list) => listed(list).every(isOrigin), 'must be origins as https://app.example.com, never *')),
    z.transform(listed),
  );

/** Everything that can be configured, with its default. The README's table is this list. */
const variables = () =>
  z.object({
    ENVIRONMENT: z._default(z.enum(['development', 'staging', 'production']), 'development'),
    DATABASE_URL: postgresUrl(),
    DATABASE_REPLICA_URL: z.optional(postgresUrl()),
    DEBUG: z._default(z.stringbool(), false),
    STATEMENT_TIMEOUT_MS: wholeNumber(0, MAX_MS, 30_000),
    REQUEST_TIMEOUT_MS: wholeNumber(1, MAX_MS, 30_000),
    MAX_CONCURRENT_REQUESTS: wholeNumber(1, MAX_MS, 200),
    BCRYPT_COST: wholeNumber(4, 15, 10),
    PASSWORD_MIN_LENGTH: wholeNumber(8, 64, 8),
    SECRET_KEY: z.optional(z.string().check(z.minLength(32, 'must have at least 32 characters'))),
    SESSION_IDLE_HOURS: wholeNumber(1, 24 * 365, 24 * 7),
    SESSION_MAX_HOURS: wholeNumber(1, 24 * 365, 24 * 30),
    PUBLIC_URL: z.optional(httpUrl()),
    CORS_ORIGINS: z._default(origins(), []),
    EMAIL_PROVIDER: z.optional(z.enum(MAIL_PROVIDERS)),
    MAIL_FROM: z.optional(
      z.string().check(z.refine(isMailbox, 'must be an address, as noreply@example.com or Kura <noreply@example.com>')),
    ),
    RESEND_API_KEY: z.optional(z.string().check(z.minLength(1, 'must not be empty'))),
    RESEND_URL: z._default(httpUrl(), 'https://api.resend.com'),
    SEND_EMAIL: z.optional(z.custom<SendEmailBinding>(isSendEmail, 'must be a send_email binding')),
  });

/** What each sender of mail cannot do without. */
const NEEDED = {
  inbox: [],
  resend: ['RESEND_API_KEY', 'MAIL_FROM', 'PUBLIC_URL'],
  cloudflare: ['SEND_EMAIL', 'MAIL_FROM', 'PUBLIC_URL'],
} as const satisfies Record<(typeof MAIL_PROVIDERS)[number], readonly string[]>;

/** Where `npm start` and `wrangler dev` are reached. */
const LOCAL_URL = 'http://localhost:8787';

/** Known to everybody, so it serves nowhere but on a developer's machine. */
const LOCAL_SECRET = 'a secret for development, and for nothing else';

const checked = () =>
  variables().check(({ value: env, issues }) => {
    const { EMAIL_PROVIDER: provider, ENVIRONMENT: environment } = env;
    const wrong = (name: keyof typeof env, message: string) =>
      issues.push({ code: 'custom', input: env, path: [name], message });
    if (!env.SECRET_KEY && environment !== 'development') wrong('SECRET_KEY', `has to be set in ${environment}`);
    if (provider === 'inbox' && environment !== 'development') wrong('EMAIL_PROVIDER', 'inbox is for development');
    if (environment !== 'development' && env.CORS_ORIGINS.some((origin) => !origin.startsWith('https:'))) {
      wrong('CORS_ORIGINS', `must be https in ${environment}`); // whoever sits on the way could speak for http
    }
    for (const name of provider ? NEEDED[provider] : []) {
      if (env[name] === undefined) wrong(name, `has to be set with EMAIL_PROVIDER=${provider}`);
    }
  });

/** Put together for the first request: it is a sixth of all schemas, and a Worker's start-up is kept short. */
const schema = z.lazy(() =>
  z.pipe(
    checked(),
    z.transform(({ PUBLIC_URL = LOCAL_URL, SECRET_KEY = LOCAL_SECRET, ...env }) => ({
      ...env,
      PUBLIC_URL,
      SECRET_KEY,
    })),
  ),
);

export type Env = Readonly<z.infer<typeof schema>>;

const parsed = new WeakMap<object, Env>();

/**
 * The configuration in `variables` (a Worker's bindings, or `process.env`), parsed once per object.
 * Throws `configuration`, naming every variable that is missing or wrong, and never its value.
 */
export function parseEnv(variables: object): Env {
  const known = parsed.get(variables);
  if (known) return known;
  const result = schema.safeParse(variables);
  if (!result.success) throw new AppError('configuration', describe(result.error));
  parsed.set(variables, result.data);
  return result.data;
}

function describe(error: z.core.$ZodError): string {
  return error.issues
    .map(({ path, code, message }) => {
      const missing = code === 'invalid_type' && message.includes('received undefined');
      return `${path.join('.')} ${missing ? 'is missing' : `is wrong: ${message}`}`;
    })
    .join('; ');
}

function isPostgresUrl(value: string): boolean {
  const url = URL.parse(value);
  return (
    url !== null &&
    /^postgres(ql)?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    url.username !== '' &&
    url.pathname.length > 1
  );
}

function listed(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

function isOrigin(value: string): boolean {
  return /^https?:[^*]+$/.test(value) && URL.parse(value)?.origin === value;
}

/** An address, or a name and an address in angle brackets, on one line. */
function isMailbox(value: string): boolean {
  const address = /^[^<>\r\n]+ <([^<>]+)>$/.exec(value)?.[1] ?? value;
  return z.email().safeParse(address).success;
}

/** A binding's methods are found on it, though not as its own. */
function isSendEmail(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'send' in value && typeof value.send === 'function';
}
