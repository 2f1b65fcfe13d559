/** The line with the longest string of the document that the message names. */
export function lineNaming(text: string, message: string): number | undefined {
  let longest = "";
  let line: number | undefined;
  text.split("\n").forEach((content, index) => {
    for (const [, value = ""] of content.matchAll(/"((?:[^"\\]|\\.)+)"/g)) {
      if (value.length > longest.length && value.includes(":") && message.includes(value)) {
        longest = value;
        line = index + 1;
      }
    }
  });
  return line;
}
