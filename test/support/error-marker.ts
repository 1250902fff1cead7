import { expect } from 'vitest';
import { AppError } from '../../src/errors.ts';

/** Put into every parameter and row of a test, so that an error that lets a value out can be told. */
export const SECRET = 's3cret';

/** What a promise is rejected with, which has to be an AppError that lets nothing out. */
export async function leakless(promise: PromiseLike<unknown>): Promise<AppError> {
  const error = await Promise.resolve(promise).then(
    () => expect.unreachable('It did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw error;
  const { cause, ...fields } = Object.fromEntries(
    Object.getOwnPropertyNames(error).map((key) => [key, Reflect.get(error, key)]),
  );
  const told = [JSON.stringify(error), JSON.stringify(fields), String(error), error.message, error.stack].join('\n');
  expect(told).not.toMatch(new RegExp(SECRET));
  expect(`${error.message}${JSON.stringify(fields.columns)}`).not.toMatch(
    /\b(select|insert|update|delete|values)\b|\$\d/i,
  );
  expect(cause, 'the cause is kept').toBeDefined();
  expect(error.name).toBe(error.code.replace(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase()));
  return error;
}
