/** A package that an image has installed. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** The source package that it was built from; its own name when nothing says otherwise. */
  readonly source: string;
  readonly sourceVersion: string;
}
