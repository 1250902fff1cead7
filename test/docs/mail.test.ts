// The examples of docs/mail.md: every region stands there as it is here, and is compiled and run here.
// #region topic
import * as z from 'zod/mini';
import { inOrderTo } from '../../src/email/in-order.ts';
import { enqueue } from '../../src/outbox/enqueue.ts';
import type { Topic } from '../../src/outbox/topic.ts';

const InvoicePaid = z.object({ invoiceId: z.uuid(), email: z.string(), total: z.string() });
type InvoicePaid = z.infer<typeof InvoicePaid>;

const invoicePaid: Topic<InvoicePaid> = { name: 'invoice.paid', schema: InvoicePaid };

// #endregion

// #region mail
import { compose } from '../../src/email/compose.ts';
import type { Mail } from '../../src/email/sender.ts';

function receiptEmail({ invoiceId, email, total }: InvoicePaid, publicUrl: string): Mail {
  return compose({
    to: email,
    subject: 'Your receipt',
    paragraphs: ['Thank you.', `We have received ${total}.`],
    action: { label: 'See the invoice', url: new URL(`/v1/invoices/${invoiceId}`, publicUrl).href },
    footer: 'You get this mail because you have paid an invoice.',
  });
}

// #endregion

// #region sender
import type { Sender } from '../../src/email/sender.ts';
import { AppError } from '../../src/errors.ts';

function pigeonSender(url: string): Sender {
  return async function pigeon(mail, { idempotencyKey, signal }) {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(mail), signal }).catch(
      (cause: unknown) => {
        throw new AppError('delivery_failed', 'The pigeons are out of reach', { cause }); // tried again
      },
    );
    if (response.status === 422) throw new AppError('delivery_refused', 'The pigeons refuse the mail'); // given up
    if (!response.ok) throw new AppError('delivery_failed', `The pigeons answered ${response.status}`);
  };
}

// #endregion

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { configuredSender } from '../../src/email/configured.ts';
import { listInbox } from '../../src/email/inbox.ts';
import { type Env, parseEnv } from '../../src/env.ts';
import { drain } from '../../src/outbox/drain.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import { type Handler, handler } from '../../src/outbox/topic.ts';
import { userJobs } from '../../src/users/jobs.ts';
import { userRepository } from '../../src/users/repository.ts';
import { createTestDatabase } from '../support/database.ts';

// #region handler
function invoiceJobs({ PUBLIC_URL }: Env, send: Sender): readonly Handler[] {
  return [
    handler(invoicePaid, ({ id, payload, signal }) =>
      send(receiptEmail(payload, PUBLIC_URL), { idempotencyKey: id, signal }),
    ),
  ];
}

function jobs(env: Env, db: Database): readonly Handler[] {
  const send = configuredSender(env, db);
  return [...userJobs(env, db, send), ...invoiceJobs(env, send)];
}

// #endregion

let db: Database;
let env: Env;
let url: string;
let status = 200;
const server = createServer((_, response) => response.writeHead(status).end());

beforeAll(async () => {
  const database = await createTestDatabase();
  env = parseEnv({ DATABASE_URL: database.url });
  db = openDatabase({ url: database.url });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const invoiceId = '0190163d-8694-739b-aea5-966c26f8ad90';

it('saves work with its cause, and does it', async () => {
  const user = { id: invoiceId, username: 'ada', email: 'ada@example.com', hashedPassword: 'none' };
  // #region enqueue
  const [ada] = await db.batch((tx) => [
    userRepository.create(tx, user),
    enqueue(tx, invoicePaid, { invoiceId, email: user.email, total: '10 €' }, inOrderTo(user.email)),
  ]);
  // #endregion
  expect(ada.username).toBe('ada');
  // #region drain
  const { done, retry, dead } = await drain(db, jobs(env, db), { limit: 100, budgetMs: 10_000 });
  // #endregion
  expect({ done, retry, dead }).toEqual({ done: 1, retry: 0, dead: 0 });
  expect(await listInbox(db)).toMatchObject([{ to: 'ada@example.com', subject: 'Your receipt' }]);
});

it('tries a dead letter again', async () => {
  vi.spyOn(console, 'error').mockReturnValue();
  const [id] = await db.batch((tx) => [enqueue(tx, invoicePaid, { invoiceId, email: 'ada@example.com', total: '5' })]);
  await drain(db, [handler(invoicePaid, () => Promise.reject(new AppError('delivery_refused')))]);
  // #region retry
  const letters = await outboxRepository.all(db, { where: { deadAt: { isNull: false } }, orderBy: ['-deadAt'] });
  const again = await db.batch((tx) => letters.map((letter) => outboxRepository.retry(tx, letter.id)));
  // #endregion
  expect(letters).toMatchObject([{ id, lastError: 'delivery_refused: Delivery refused' }]);
  expect(again).toEqual([true]);
});

it.each([
  [200, undefined],
  [422, 'delivery_refused'],
  [503, 'delivery_failed'],
] as const)('sends by a sender of your own, which is answered %i', async (answer, code) => {
  status = answer;
  const mail = receiptEmail({ invoiceId, email: 'ada@example.com', total: '5' }, env.PUBLIC_URL);
  const delivery = { idempotencyKey: crypto.randomUUID(), signal: AbortSignal.timeout(5000) };
  const outcome = await pigeonSender(url)(mail, delivery).catch((error: AppError) => error.code);
  expect(outcome).toBe(code);
});
