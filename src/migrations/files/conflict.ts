/** The two sides of a file that git could not merge, each as a whole file; undefined where it has no conflict marks. */
export function conflictSides(text: string): { readonly ours: string; readonly theirs: string } | undefined {
  if (!/^<{7} /m.test(text)) return undefined;
  const sides: Record<'ours' | 'theirs', string[]> = { ours: [], theirs: [] };
  let side: 'both' | 'ours' | 'base' | 'theirs' = 'both';
  for (const line of text.split('\n')) {
    if (line.startsWith('<<<<<<< ')) side = 'ours';
    else if (line.startsWith('||||||| ') && side === 'ours') side = 'base';
    else if (line === '=======' && side !== 'both') side = 'theirs';
    else if (line.startsWith('>>>>>>> ') && side === 'theirs') side = 'both';
    else if (side !== 'base')
      for (const name of ['ours', 'theirs'] as const) if (side === 'both' || side === name) sides[name].push(line);
  }
  return { ours: sides.ours.join('\n'), theirs: sides.theirs.join('\n') };
}
