/**
 * An error that a client is meant to see. It carries what every wire format needs and nothing of any of them;
 * `src/protocol` maps it once. Everything else that is thrown is a programming error and reaches the client
 * as `InternalFailure` without its text.
 */
export class Fault extends Error {
  /** The modelled error name or query code, e.g. `RepositoryNotFoundException`, `NoSuchEntity`. */
  readonly code: string;
  /** Modelled members besides the message, e.g. `{ repositoryName }`. */
  readonly members: Readonly<Record<string, unknown>>;
  /** HTTP status when the contract does not give one for this code. */
  readonly status: number | undefined;

  constructor(code: string, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Fault";
    this.code = code;
    this.members = options.members ?? {};
    this.status = options.status;
  }
}

export interface FaultOptions {
  readonly members?: Readonly<Record<string, unknown>>;
  readonly status?: number;
  readonly cause?: unknown;
}

/** Whether a caught value is a fault, optionally one of the given codes. */
export function isFault(error: unknown, ...codes: readonly string[]): error is Fault {
  return error instanceof Fault && (codes.length === 0 || codes.includes(error.code));
}
