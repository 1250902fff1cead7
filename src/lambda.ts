import { handle } from 'hono/aws-lambda';
import { createApp } from './app.ts';

/** The AWS Lambda entry (Node): the same application behind API Gateway's HTTP API or a function URL. */
export const handler = handle(createApp(process.env));
