import { expect, test } from "vitest";
import { commandWords } from "./command-words.ts";

test.each([
  ["/bin/sh", ["/bin/sh"]],
  ["  ls   -l\t/tmp ", ["ls", "-l", "/tmp"]],
  [`sh -c 'echo "a b" | wc'`, ["sh", "-c", 'echo "a b" | wc']],
  [`echo "a \\"b\\" \\n $HOME"`, ["echo", 'a "b" \\n $HOME']],
  ["echo a\\ b '' c''d", ["echo", "a b", "", "cd"]],
  ["ls | wc", ["ls", "|", "wc"]],
  ["echo 'open", undefined],
  ['echo "open', undefined],
  ["   ", undefined],
  ["trailing \\", ["trailing", "\\"]],
])("%j is cut into its words", (command, words) => {
  expect(commandWords(command)).toEqual(words);
});
