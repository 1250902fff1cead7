import { createColors } from 'picocolors';

export type Colors = ReturnType<typeof createColors>;

/** Colours, or functions that leave the text as it is. */
export const colorsFor = (enabled: boolean): Colors => createColors(enabled);
