/** How a step of the story is shown: what is done, the command, and what came back. */
export interface Stage {
  /** Begins a chapter. */
  chapter(title: string): void;
  /** Runs one step: shows the command, then what `act` answers. Throws when `act` does. */
  step<T>(command: string, act: () => Promise<T>, show: (answer: T) => string): Promise<T>;
  /** Runs a step that must be refused; shows the refusal. Throws when it is not refused. */
  refused(command: string, act: () => Promise<unknown>): Promise<Refusal>;
  /** The last screen: every chapter with what it showed. */
  summary(): string;
  /** Notes what a chapter has shown, for the summary. */
  proved(fact: string): void;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Makes a stage that writes to a terminal or a file; colours only where a person looks. */
export function createStage(write: (text: string) => void, colour: boolean): Stage {
  const chapters: { title: string; facts: string[] }[] = [];
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const answer = (text: string): void => {
    for (const line of text.split("\n")) write(`    ${line}\n`);
  };

  return {
    chapter(title) {
      chapters.push({ title, facts: [] });
      write(`\n${paint(1, `${chapters.length}. ${title}`)}\n`);
    },
    async step(command, act, show) {
      write(`\n  ${paint(36, `$ ${command}`)}\n`);
      const result = await act();
      answer(show(result));
      return result;
    },
    async refused(command, act) {
      write(`\n  ${paint(36, `$ ${command}`)}\n`);
      let refusal: Refusal;
      try {
        await act();
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        refusal = { code: error.name, message: error.message };
        answer(paint(33, `${refusal.code}: ${refusal.message}`));
        return refusal;
      }
      throw new Error(`this should have been refused: ${command}`);
    },
    proved(fact) {
      chapters[chapters.length - 1]?.facts.push(fact);
    },
    summary() {
      const rows = chapters.flatMap((chapter, i) => [
        `${i + 1}. ${chapter.title}`,
        ...chapter.facts.map((fact) => `     ${paint(32, "✓")} ${fact}`),
      ]);
      return `\n${paint(1, "What you saw")}\n\n${rows.join("\n")}\n`;
    },
  };
}
