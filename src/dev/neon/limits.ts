import { ProxyError } from './errors.ts';

/** Neon's default for both `sql_over_http_max_request_size_bytes` and `…_response_size_bytes`: 10 MiB. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** 413, with Neon's message. */
export function requestTooLarge(): ProxyError {
  return new ProxyError(413, `request is too large (max is ${MAX_BODY_BYTES} bytes)`);
}

/** 507, with Neon's message. */
export function responseTooLarge(): ProxyError {
  return new ProxyError(507, `response is too large (max is ${MAX_BODY_BYTES} bytes)`);
}
