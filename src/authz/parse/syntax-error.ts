/** A policy document that does not parse. Thrown by the compiler, and the only thing it throws. */
export class PolicySyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PolicySyntaxError";
  }
}
