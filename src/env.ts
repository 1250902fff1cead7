import * as z from 'zod';
import { AppError } from './errors.ts';

const postgresUrl = z
  .string()
  .refine(isPostgresUrl, 'must be a URL of the form postgres://user:password@host/database');

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

const httpUrl = z.url({ protocol: /^https?$/, message: 'must be a URL of the form https://host' });

/** Everything that can be configured, with its default. The README's table is this list. */
const variables = z.object({
  ENVIRONMENT: z.enum(['development', 'staging', 'production']).default('development'),
  DATABASE_URL: postgresUrl,
  DATABASE_REPLICA_URL: postgresUrl.optional(),
  DEBUG: z.stringbool().default(false),
  STATEMENT_TIMEOUT_MS: z.coerce.number().int().min(0).max(2_147_483_647).default(30_000),
  REQUEST_TIMEOUT_MS: z.coerce.number().int().min(1).max(2_147_483_647).default(30_000),
  BCRYPT_COST: z.coerce.number().int().min(4).max(15).default(10),
  PUBLIC_URL: httpUrl.optional(),
  EMAIL_PROVIDER: z.enum(MAIL_PROVIDERS).optional(),
  MAIL_FROM: z
    .string()
    .refine(isMailbox, 'must be an address, as noreply@example.com or Kura <noreply@example.com>')
    .optional(),
  RESEND_API_KEY: z.string().min(1, 'must not be empty').optional(),
  RESEND_URL: httpUrl.default('https://api.resend.com'),
  SEND_EMAIL: z.custom<SendEmailBinding>(isSendEmail, 'must be a send_email binding').optional(),
});

/** What each sender of mail cannot do without. */
const NEEDED = {
  inbox: [],
  resend: ['RESEND_API_KEY', 'MAIL_FROM', 'PUBLIC_URL'],
  cloudflare: ['SEND_EMAIL', 'MAIL_FROM', 'PUBLIC_URL'],
} as const satisfies Record<(typeof MAIL_PROVIDERS)[number], readonly string[]>;

/** Where `npm start` and `wrangler dev` are reached. */
const LOCAL_URL = 'http://localhost:8787';

const checked = variables.superRefine((env, context) => {
  const { EMAIL_PROVIDER: provider, ENVIRONMENT: environment } = env;
  if (provider === 'inbox' && environment !== 'development') {
    context.addIssue({ code: 'custom', path: ['EMAIL_PROVIDER'], message: 'inbox is for development' });
  }
  for (const name of provider ? NEEDED[provider] : []) {
    const message = `has to be set with EMAIL_PROVIDER=${provider}`;
    if (env[name] === undefined) context.addIssue({ code: 'custom', path: [name], message });
  }
});

const schema = checked.transform(({ PUBLIC_URL = LOCAL_URL, ...env }) => ({ ...env, PUBLIC_URL }));

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

function describe(error: z.ZodError): string {
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

/** An address, or a name and an address in angle brackets, on one line. */
function isMailbox(value: string): boolean {
  const address = /^[^<>\r\n]+ <([^<>]+)>$/.exec(value)?.[1] ?? value;
  return z.email().safeParse(address).success;
}

/** A binding's methods are found on it, though not as its own. */
function isSendEmail(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'send' in value && typeof value.send === 'function';
}
