import * as z from 'zod';
import { text } from '../../../src/http/validation.ts';

export const Id = z.object({ id: z.uuid() });
export const Listing = z.object({ limit: z.coerce.number().int().min(1).max(100) });
export const Paging = z.object({
  limit: z.coerce.number().int().min(1).max(5000),
  offset: z.coerce.number().int().min(0).optional(),
  cursor: z.string().optional(),
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
