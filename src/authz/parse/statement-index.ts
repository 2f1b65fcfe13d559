import type { Statement } from "./statement.ts";

/** How many actions an index remembers; a policy simulator may ask about any number of invented ones. */
const remembered = 512;

/** Finds the statements about an action without looking at those of other services. */
export class StatementIndex {
  readonly #anyService: readonly Statement[];
  readonly #byService: ReadonlyMap<string, readonly Statement[]>;
  readonly #byAction = new Map<string, readonly Statement[]>();

  constructor(statements: readonly Statement[]) {
    this.#anyService = statements.filter((statement) => statement.action.services === undefined);
    const services = new Set(statements.flatMap((statement) => [...(statement.action.services ?? [])]));
    this.#byService = new Map(
      [...services].map((service) => [
        service,
        statements.filter(({ action }) => action.services === undefined || action.services.has(service)),
      ]),
    );
  }

  /** The statements whose `Action` or `NotAction` covers an action (lower case), in the document's order. */
  about(action: string): readonly Statement[] {
    const known = this.#byAction.get(action);
    if (known !== undefined) return known;
    const service = action.slice(0, Math.max(0, action.indexOf(":")));
    const statements = (this.#byService.get(service) ?? this.#anyService).filter((statement) =>
      statement.action.covers(action),
    );
    if (this.#byAction.size >= remembered) this.#byAction.clear();
    this.#byAction.set(action, statements);
    return statements;
  }
}
