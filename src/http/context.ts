import type { Context } from 'hono';
import type { Database } from '../db/database.ts';
import type { Env } from '../env.ts';

/** What every handler finds in `c.var`. */
export interface AppEnv {
  Bindings: Record<string, unknown>;
  Variables: {
    env: Env;
    requestId: string;
    trace: Trace;
    /** Who asks, once that is known; whoever authenticates sets it, and the request's log line has it. */
    actorId?: string;
    /** Opened per request without I/O, closed after the response. */
    db: Database;
    background: Background;
  };
}

/** Where a request stands in a distributed trace, as W3C Trace Context has it. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** This request, 16 hexadecimal digits. */
  readonly spanId: string;
  /** What the caller calls this request, if it said so. */
  readonly parentSpanId?: string;
}

export type AppContext = Context<AppEnv>;

/** What a request says of itself: the context of a handler, whatever else its middlewares have put into it. */
export type RequestContext = Pick<AppContext, 'req' | 'env' | 'get'>;

/** Keeps the isolate alive until `work` has ended, after the response where the runtime can. */
export type Background = (work: Promise<unknown>) => void;
