import * as z from 'zod';
import { AppError } from './errors.ts';

const postgresUrl = z
  .string()
  .refine(isPostgresUrl, 'must be a URL of the form postgres://user:password@host/database');

/** Everything that can be configured, with its default. The README's table is this list. */
const schema = z.object({
  ENVIRONMENT: z.enum(['development', 'staging', 'production']).default('development'),
  DATABASE_URL: postgresUrl,
  DATABASE_REPLICA_URL: postgresUrl.optional(),
  DEBUG: z.stringbool().default(false),
  STATEMENT_TIMEOUT_MS: z.coerce.number().int().min(0).max(2_147_483_647).default(30_000),
  REQUEST_TIMEOUT_MS: z.coerce.number().int().min(1).max(2_147_483_647).default(30_000),
  BCRYPT_COST: z.coerce.number().int().min(4).max(15).default(10),
});

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
