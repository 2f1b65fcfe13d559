/** Bytes as people read them, in powers of 1,000: `12.3 MB`. */
export function shownBytes(bytes: number | undefined): string {
  if (bytes === undefined) return "–";
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
