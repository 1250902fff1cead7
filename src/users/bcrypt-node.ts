import { hash as hashWithOptions, compare as verify } from '@node-rs/bcrypt';

/** bcrypt on Node: native, off the main thread. The same port as `bcrypt-workerd.ts`; `#bcrypt` chooses. */
export const hash = (password: string, cost: number): Promise<string> => hashWithOptions(password, { cost });

export const compare = (password: string, hashed: string): Promise<boolean> => verify(password, hashed);
