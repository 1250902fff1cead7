import { stripVTControlCharacters } from 'node:util';

export type Level = 'error' | 'info';

/** Frames of the code that wrangler wraps around a Worker; they tell nothing about it. */
const wrapping = /node_modules\/wrangler\/templates\/|\/\.wrangler\/tmp\//;
const chatter = /^(⎔|\[wrangler:info\] Ready on )/;
const heading = /^\s*(?:✘ \[ERROR\]|▲ \[WARNING\]|\[wrangler:(?:error|warn)\]) (.*)$/;

/**
 * Takes what wrangler prints line by line, and passes on what comes from the Worker: its errors as 'error', the rest
 * of its output as 'info', without wrangler's own chatter, colours and frames.
 */
export class WorkerOutput {
  readonly #emit: (level: Level, line: string) => void;
  #up = false;
  readonly #block: Record<'out' | 'err', 'error' | 'info' | 'drop'> = { out: 'drop', err: 'drop' };

  constructor(emit: (level: Level, line: string) => void) {
    this.#emit = emit;
  }

  line(stream: 'out' | 'err', raw: string): void {
    const line = stripVTControlCharacters(raw).trimEnd();
    if (chatter.test(line)) {
      this.#up ||= line.includes('Ready on');
      this.#block[stream] = 'info';
      return;
    }
    if (line === '' || wrapping.test(line)) return;
    const [, title] = heading.exec(line) ?? [];
    if (title !== undefined) {
      this.#block[stream] = /ERROR\]|:error\]/.test(line)
        ? 'error'
        : title.startsWith('Scheduled Workers are')
          ? 'drop'
          : 'info';
    } else if (!/^\s/.test(line)) {
      // Only an indented line goes on with the block above it.
      this.#block[stream] = this.#up ? 'info' : 'drop';
    }
    const level = this.#block[stream];
    if (level !== 'drop') this.#emit(level, title ?? line.replace(/^\[wrangler:info\] /, ''));
  }
}

/** The one line that says why the Worker does not start, from its error lines: message and place. */
export function failure(lines: string[]): string | undefined {
  // wrangler shows the build command's own words as a field of an error of its own.
  const said = lines.map((line) => /^\s*stderr: ['"`](?:error )?(.+?)(?:\\n|['"`])/.exec(line)?.[1]);
  const reason = said.find((text) => text !== undefined);
  if (reason) return reason;
  const message = lines.find((line) => !/^Build failed with/.test(line));
  const place = lines.map((line) => /^\s*(\S.*:\d+:\d+):$/.exec(line)?.[1]).find((text) => text !== undefined);
  const text = message?.trim().replace(/^service core:user:\S+: /, '');
  return text && place ? `${place}: ${text}` : text;
}
