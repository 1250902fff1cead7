import { hash as hashAtCost, compare as verify } from 'bcryptjs';

/** bcrypt in workerd, which runs no native code: JavaScript, with hashes that the native one reads and the reverse. */
export const hash = (password: string, cost: number): Promise<string> => hashAtCost(password, cost);

export const compare = (password: string, hashed: string): Promise<boolean> => verify(password, hashed);
