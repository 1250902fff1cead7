import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Guides whose examples are regions of a test file, so that each is compiled and run. */
const guides = [['docs/data-layer.md', 'test/docs/data-layer.test.ts']] as const;

describe.each(guides)('the examples of %s', (guide, source) => {
  const regions = regionsOf(readFileSync(source, 'utf8'));
  const examples = [...readFileSync(guide, 'utf8').matchAll(/<!-- example: (.+?) -->\n```ts\n([\s\S]*?)```/g)];

  it.each(examples.map(([, name = '', code = '']) => [name, code]))('%s: is what the test runs', (name, code) => {
    expect(code).toBe(regions.get(name));
  });

  it('are all the TypeScript of the guide, and all the regions of the test', () => {
    const blocks = readFileSync(guide, 'utf8').match(/^```ts$/gm) ?? [];
    expect(examples.map(([, name]) => name).sort()).toEqual([...regions.keys()].sort());
    expect(blocks).toHaveLength(examples.length);
  });
});

/** The text between `// #region NAME` and `// #endregion`, without the indentation that all of its lines share. */
function regionsOf(source: string): Map<string, string> {
  const matches = source.matchAll(/^ *\/\/ #region (.+)\n([\s\S]*?)^ *\/\/ #endregion/gm);
  return new Map([...matches].map(([, name = '', code = '']) => [name, dedent(code)]));
}

function dedent(code: string): string {
  const lines = code.split('\n');
  const indents = lines.filter((line) => line.trim()).map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent)).join('\n');
}
