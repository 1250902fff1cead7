import { createHash } from 'node:crypto';

/** What drizzle-kit writes between two statements. */
export const BREAKPOINT = '--> statement-breakpoint';

/** The pieces of a script that are sent one by one, in order. A piece of nothing but comments is left out. */
export function splitScript(script: string): string[] {
  return script
    .split(BREAKPOINT)
    .map((piece) => piece.trim())
    .filter((piece) => piece.replace(/^\s*--.*$/gm, '').trim() !== '');
}

/** The text after `-- kura: NAME`, or undefined where the script has no such line. */
export function directive(script: string, name: string): string | undefined {
  const match = new RegExp(`^--\\s*kura:\\s*${name}(?=\\s|$)[ \\t]*(.*)$`, 'm').exec(script);
  return match ? (match[1]?.trim() ?? '') : undefined;
}

/** Every line `-- kura: NAME TEXT` of the script: its texts. */
export function directives(script: string, name: string): string[] {
  return [...script.matchAll(new RegExp(`^--\\s*kura:\\s*${name}[ \\t]+(.*)$`, 'gm'))].map((match) =>
    (match[1] ?? '').trim(),
  );
}

/** sha256, as drizzle's ledger has it. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** sha256 that a checkout with other line ends has, too. */
export function checksum(script: string): string {
  return sha256(script.replaceAll('\r\n', '\n'));
}
