import { handle } from 'hono/aws-lambda';
import { createApp } from './app.ts';
import { parseEnv } from './env.ts';
import { runScheduled } from './jobs.ts';

/** The AWS Lambda entry (Node): the same application behind API Gateway's HTTP API or a function URL. */
export const handler = handle(createApp(process.env));

/** The entry of a second function, which an EventBridge schedule calls, as the cron trigger does on Workers. */
export const scheduled = (): Promise<void> => runScheduled(parseEnv(process.env));
