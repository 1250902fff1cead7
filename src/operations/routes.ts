import { Hono } from 'hono';
import { describe } from '../http/operation.ts';
import { pageView } from '../http/paging.ts';
import { valid } from '../http/validation.ts';
import { type AccountEnv, signedIn } from '../users/actor.ts';
import { presentOutboxRow } from './presenter.ts';
import { OutboxId, OutboxQuery, OutboxRowView } from './schemas.ts';
import { listOutbox, retryDeadLetter } from './service.ts';

export const operationRoutes = new Hono<AccountEnv>()
  .get(
    '/outbox',
    describe({
      summary: 'List the outbox',
      description: 'Work that was to be done after a commit, as mail: what is due first, or the newest first.',
      success: { status: 200, description: 'A page of it', body: pageView(OutboxRowView) },
      errors: ['invalid_cursor'],
    }),
    signedIn('superuser'),
    valid('query', OutboxQuery),
    async (c) => {
      const options = { secret: c.get('env').SECRET_KEY, present: presentOutboxRow };
      return c.json(await listOutbox(c.get('db'), c.get('actor'), c.req.valid('query'), options));
    },
  )
  .post(
    '/outbox/:id/retry',
    describe({
      summary: 'Try a dead letter again',
      description: 'It gets all its attempts again, beginning after the answer.',
      success: { status: 202, description: 'It is due now' },
      errors: ['not_found'],
    }),
    signedIn('superuser'),
    valid('param', OutboxId),
    async (c) => {
      await retryDeadLetter(c.get('db'), c.get('actor'), c.req.valid('param').id);
      return c.body(null, 202);
    },
  );
