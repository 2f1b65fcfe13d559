/** What a command tells when it fails, in three lines: what failed, why, and what to run next. */
export class Trouble extends Error {
  readonly why: string;
  readonly cure: string;

  constructor(what: string, why: string, cure: string) {
    super(what);
    this.name = "Trouble";
    this.why = why;
    this.cure = cure;
  }
}
