/**
 * A pattern of a listener rule as a test: `*` stands for any characters, `?` for one (Elastic Load Balancing User
 * Guide, "Condition types for listener rules"). Takes time by the product of both lengths at worst, never more.
 */
export function wildcard(pattern: string): (text: string) => boolean {
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  return (text) => matches(pattern, text);
}

function matches(pattern: string, text: string): boolean {
  let at = 0;
  let read = 0;
  /** After the last star, and where the text was tried from. */
  let star = -1;
  let from = 0;
  while (at < text.length) {
    const wanted = pattern[read];
    if (wanted === "*") {
      read += 1;
      star = read;
      from = at;
    } else if (wanted !== undefined && (wanted === "?" || wanted === text[at])) {
      read += 1;
      at += 1;
    } else if (star >= 0) {
      from += 1;
      at = from;
      read = star;
    } else {
      return false;
    }
  }
  while (pattern[read] === "*") read += 1;
  return read === pattern.length;
}
