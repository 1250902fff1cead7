/** A failure a person can act on: the message is one line, and is all that is printed. */
export class Stop extends Error {
  override name = 'Stop';
}
