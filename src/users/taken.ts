import { AppError, isAppError } from '../errors.ts';

/** Throws what a conflict in the table of users means: `email_taken`, `username_taken`; any other error as it is. */
export function asTaken(error: unknown): never {
  if (!isAppError(error, 'conflict')) throw error;
  if (error.constraint === 'users_email_key') throw new AppError('email_taken', undefined, { cause: error });
  if (error.constraint === 'users_username_key') throw new AppError('username_taken', undefined, { cause: error });
  throw error;
}
