import type { ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { AppError, type ErrorCode } from '../errors.ts';
import type { AppContext, AppEnv } from './context.ts';

/** Every error leaves through here, as RFC 9457 problem+json. */
export const problemHandler: ErrorHandler<AppEnv> = (error, c) => renderProblem(c, toAppError(error));

/** The response for an error: nothing of its cause (SQL, parameters, stack) leaves. */
export function renderProblem(c: AppContext, error: AppError, headers: Record<string, string> = {}): Response {
  const requestId = c.get('requestId') ?? '';
  const problem = {
    type: `urn:kura:error:${error.code}`,
    title: error.title,
    status: error.status,
    detail: error.code === 'internal' ? 'Something went wrong on our side' : error.message,
    instance: c.req.path,
    code: error.code,
    requestId,
    ...(error.fields.length > 0 && { errors: error.fields }),
  };
  const { status, retryAfterMs } = error;
  const after = status === 503 || status === 429 || error.code === 'idempotency_in_progress';
  const retryAfter = after && { 'Retry-After': String(Math.max(1, Math.ceil((retryAfterMs ?? 0) / 1000))) };
  const challenge = status === 401 && { 'WWW-Authenticate': 'Bearer' }; // RFC 9110, 15.5.2
  return c.body(JSON.stringify(problem), error.status, {
    'Content-Type': 'application/problem+json',
    ...(requestId && { 'X-Request-Id': requestId }),
    ...retryAfter,
    ...challenge,
    ...headers,
  });
}

/** The codes of what hono itself throws. */
const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'malformed_json',
  404: 'not_found',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
};

/** What hono or a library threw, as the error it is shown as. */
export function toAppError(error: Error): AppError {
  if (error instanceof AppError) return error;
  const code = error instanceof HTTPException ? STATUS_CODES[error.status] : undefined;
  if (code === 'malformed_json') return new AppError(code, 'The body is not valid JSON', { cause: error });
  return new AppError(code ?? 'internal', undefined, { cause: error });
}
