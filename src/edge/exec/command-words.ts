/**
 * Cuts a command into its program and arguments as a shell would read their quotes and backslashes, and nothing else of
 * a shell. AWS: the agent in a container runs the command itself: `ls | wc` needs `sh -c`.
 * @returns undefined for a quote that is not closed, or for nothing at all.
 */
export function commandWords(command: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let i = 0; i < command.length; i++) {
    const character = command.charAt(i);
    if (quote !== "") {
      const next = command.charAt(i + 1);
      if (character === quote) quote = "";
      else if (character === "\\" && quote === '"' && /["\\$`]/.test(next)) word += command.charAt(++i);
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === "\\" && i + 1 < command.length) {
      word = (word ?? "") + command.charAt(++i);
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (word !== undefined) words.push(word);
  return quote !== "" || words.length === 0 ? undefined : words;
}
