import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import passwords from '@zxcvbn-ts/language-common/src/passwords.json' with { type: 'json' };

// Writes src/users/common-passwords.ts: `node scripts/common-passwords.ts`. What stands there is a part of the Worker's bundle, so
// only those are written that no other rule refuses: of the 3,000, most are too short.
const COUNT = 3000;
const MIN_LENGTH = 8;

const words = passwords.slice(0, COUNT).filter((word) => word.length >= MIN_LENGTH);
if (words.some((word) => /[A-Z\\']/.test(word))) throw new Error('The list holds what the code cannot write');

let before = '';
let list = '';
for (const word of [...words].sort()) {
  const shared = [...word].findIndex((letter, i) => letter !== before[i]);
  list += String.fromCharCode(65 + shared) + word.slice(shared);
  before = word;
}

const file = resolve(import.meta.dirname, '../src/users/common-passwords.ts');
writeFileSync(
  file,
  `// Made by scripts/common-passwords.ts from @zxcvbn-ts/language-common (MIT licence).

/** Those of the ${COUNT} most common passwords that have ${MIN_LENGTH} characters or more, in lower case, front-coded: the rules read it. */
export const COMMON_PASSWORDS =
  '${list}';
`,
);
