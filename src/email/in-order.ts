/** The outbox's option for a mail: all to one address are sent one after the other, in the order they were wanted in. */
export const inOrderTo = (email: string) => ({ orderingKey: email.toLowerCase() });
