import * as z from 'zod/mini';
import { text } from '../../../src/http/validation.ts';

const wholeNumber = (least: number, most: number) =>
  z.coerce.number<string>().check(z.int(), z.minimum(least), z.maximum(most));

export const Id = z.object({ id: z.uuid() });
export const Listing = z.object({ limit: wholeNumber(1, 100) });
export const Paging = z.object({
  limit: wholeNumber(1, 25_000),
  offset: z.optional(wholeNumber(0, 1_000_000)),
  cursor: z.optional(z.string()),
});

const order = { accountId: z.uuid(), item: text(), quantity: z.int(), note: text() };

export const CreateOrder = z.strictObject(order);
export type CreateOrder = z.infer<typeof CreateOrder>;

export const CreateOrderWithLine = z.strictObject({ ...order, price: z.int() });
export type CreateOrderWithLine = z.infer<typeof CreateOrderWithLine>;

export const Charge = z.strictObject({ accountId: z.uuid(), amount: z.int() });
export type Charge = z.infer<typeof Charge>;

export const LogIn = z.strictObject({ username: text(), password: text() });
export type LogIn = z.infer<typeof LogIn>;
