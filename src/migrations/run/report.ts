/** One migration to run; `note` says what it is doing besides. */
export interface Step {
  readonly title: string;
  run(note: (text: string) => void): Promise<void>;
}

/** Where progress goes. */
export interface Reporter {
  /** Something a person should know: a wait, an adoption. */
  note(text: string): void;
  /** Runs the steps one after another, showing each; rejects with the first failure and runs no more. */
  steps(steps: readonly Step[]): Promise<void>;
}

/** For programs: nothing is shown. */
export const silent: Reporter = {
  note: () => {},
  async steps(steps) {
    for (const step of steps) await step.run(() => {});
  },
};
