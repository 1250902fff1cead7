import { directives } from './script.ts';

/** A migration that a squash folded away. */
export interface Replaced {
  readonly name: string;
  readonly when: number;
  readonly checksum: string;
}

/** What a squashed script says it stands for, one line each: `-- kura: replaces NAME WHEN CHECKSUM`. */
export function replacedBy(script: string): Replaced[] {
  return directives(script, 'replaces').flatMap((text) => {
    const [name, when, checksum] = text.split(/\s+/);
    return name && when && checksum ? [{ name, when: Number(when), checksum }] : [];
  });
}

/** The line that `replacedBy` reads. */
export function replacesLine({ name, when, checksum }: Replaced): string {
  return `-- kura: replaces ${name} ${when} ${checksum}`;
}
