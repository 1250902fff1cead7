import { AppError } from '../errors.ts';
import type { Query } from './transport.ts';

/** Blanks and comments that may stand before a statement's first word. */
const BEFORE = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*[\s\S]*?\*/)*`;
const WORDS = 'begin|start|commit|end|rollback|abort|savepoint|release|prepare\\s+transaction';
const CONTROL = new RegExp(`^${BEFORE}(?:${WORDS})\\b`, 'i');

/** Throws `misuse` for a statement that would end the transaction behind its runner's back, and make a false commit. */
export function assertNoControl({ text }: Query): void {
  if (CONTROL.test(text))
    throw new AppError('misuse', 'The transaction itself begins, saves and ends: use its methods');
}
