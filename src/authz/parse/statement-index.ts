import type { Statement } from "./statement.ts";

/** How many actions an index remembers; a policy simulator may ask about any number of invented ones. */
const remembered = 512;

/** Finds the statements about an action without looking at those of other services. */
export class StatementIndex {
  readonly #anyService: readonly Statement[];
  readonly #byService: ReadonlyMap<string, readonly Statement[]>;
  readonly #byAction = new Map<string, readonly Statement[]>();

  // INVARIANT: the cost is that of reading the statements once, however many services they name.
  constructor(statements: readonly Statement[]) {
    const anyService: Statement[] = [];
    const byService = new Map<string, Statement[]>();
    for (const statement of statements) {
      if (statement.action.services === undefined) anyService.push(statement);
      for (const service of statement.action.services ?? []) {
        const known = byService.get(service);
        if (known === undefined) byService.set(service, [statement]);
        else known.push(statement);
      }
    }
    this.#anyService = anyService;
    this.#byService = byService;
  }

  /** The statements whose `Action` or `NotAction` covers an action (lower case), in the document's order. */
  about(action: string): readonly Statement[] {
    const known = this.#byAction.get(action);
    if (known !== undefined) return known;
    const service = action.slice(0, Math.max(0, action.indexOf(":")));
    const statements = [...this.#anyService, ...(this.#byService.get(service) ?? [])]
      .filter((statement) => statement.action.covers(action))
      .sort((a, b) => a.index - b.index);
    if (this.#byAction.size >= remembered) this.#byAction.clear();
    this.#byAction.set(action, statements);
    return statements;
  }
}
