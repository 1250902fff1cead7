import { handle } from 'hono/aws-lambda';
import { createApp } from './app.ts';
import { parseEnv } from './env.ts';
import { runScheduled } from './jobs.ts';

/** Of the function; one that does not say what it is for is no machine of a developer. */
const variables = { ENVIRONMENT: 'production', ...process.env };

/** The AWS Lambda entry (Node): the same application behind API Gateway's HTTP API or a function URL. */
export const handler = handle(createApp(variables));

/** The entry of a second function, which an EventBridge schedule calls, as the cron trigger does on Workers. */
export const scheduled = (): Promise<void> => runScheduled(parseEnv(variables));
