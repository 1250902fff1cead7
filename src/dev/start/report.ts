import { createColors } from 'picocolors';

type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

/** What is seen of a start: a line per step with its time. On a terminal the current step is shown while it runs. */
export class Report {
  readonly #stream: Stream;
  readonly #live: boolean;
  readonly #colors: ReturnType<typeof createColors>;
  #current = '';

  constructor(stream: Stream, env: NodeJS.ProcessEnv) {
    this.#stream = stream;
    this.#live = stream.isTTY === true && env.TERM !== 'dumb';
    this.#colors = createColors(this.#live && !env.NO_COLOR);
  }

  /** Runs a step; the last thing it notes is its result on the line. */
  async step<T>(name: string, work: (note: (text: string) => void) => Promise<T>): Promise<T> {
    const begun = performance.now();
    let text = '';
    const note = (news: string) => {
      text = news;
      this.#show(`  ${name.padEnd(12)}${text} …`);
    };
    note('');
    try {
      const result = await work(note);
      this.#show('');
      const seconds = `${((performance.now() - begun) / 1000).toFixed(1)} s`;
      this.print(`  ${this.#colors.bold(name.padEnd(12))}${text.padEnd(52)}${this.#colors.dim(seconds.padStart(8))}`);
      return result;
    } finally {
      this.#show('');
    }
  }

  /** A line in the form of a step, without a time. */
  line(name: string, text: string): void {
    this.print(`  ${this.#colors.bold(name.padEnd(12))}${text}`);
  }

  /** The addresses, and then the one line that tells that all is up. */
  banner(rows: [label: string, value: string][], url: string): void {
    const { cyan, dim, green, bold } = this.#colors;
    const list = rows.map(([label, value]) => `  ${dim(label.padEnd(12))}${cyan(value)}`);
    this.print(['', ...list, '', `${green(bold('ready'))} ${url}`].join('\n'));
  }

  /** A whole line, above the step that is shown. */
  print(line: string): void {
    const current = this.#current;
    this.#show('');
    this.#stream.write(`${line}\n`);
    this.#show(current);
  }

  #show(text: string): void {
    if (!this.#live || text === this.#current) return;
    this.#current = text;
    this.#stream.write(`\r\x1b[2K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }
}
