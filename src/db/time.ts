/** The longest time a timer takes; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The time from now until `deadline` (a timestamp in ms), as timers and abort signals take it. */
export const msUntil = (deadline: number): number =>
  Math.min(LONGEST_MS, Math.max(0, Math.ceil(deadline - Date.now())));
