/** Bounds on what a scan reads. An image beyond one of them is not scanned, and its scan says so. */
export interface ScanLimits {
  /** Bytes of all layers, unpacked. */
  readonly expanded: number;
  /** How much larger than the stored layers they may become, once they are larger than `freely`. */
  readonly ratio: number;
  readonly freely: number;
  /** Files, folders and links of all layers. */
  readonly entries: number;
  /** Bytes of one package database, and of all that is kept of an image. */
  readonly file: number;
  readonly kept: number;
}

const mebibyte = 1024 * 1024;

/** Far beyond real images: the largest have some tens of GiB and some hundred thousand files. */
export const defaultLimits: ScanLimits = {
  expanded: 128 * 1024 * mebibyte,
  ratio: 200,
  freely: 1024 * mebibyte,
  entries: 3_000_000,
  file: 256 * mebibyte,
  kept: 512 * mebibyte,
};
