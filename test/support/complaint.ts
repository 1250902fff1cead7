/** An unhandled error is one whatever its words. */
const COMPLAINT = /unhandled|uncaught|^Error|TypeError|ReferenceError|hung|✘/i;

/** A line of the application is JSON: one of an error that nobody expected is a complaint, too. */
export const isComplaint = (line: string): boolean =>
  line.startsWith('{') ? /"code":"internal"|"transaction_hook_failed"/.test(line) : COMPLAINT.test(line);
