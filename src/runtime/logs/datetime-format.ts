/**
 * What the directives of `awslogs-datetime-format` stand for: those of the driver of the Docker Engine ("Amazon
 * CloudWatch Logs logging driver", which names them after `strptime`).
 */
const directives: Readonly<Record<string, string>> = {
  A: "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)",
  a: "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)",
  B: "(?:January|February|March|April|May|June|July|August|September|October|November|December)",
  b: "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)",
  d: "(?:0[1-9]|[12]\\d|3[01])",
  "-d": "(?:[1-9]|[12]\\d|3[01])",
  f: "\\d{6}",
  H: "(?:[01]\\d|2[0-3])",
  "-H": "(?:1?\\d|2[0-3])",
  I: "(?:0\\d|1[0-2])",
  "-I": "(?:\\d|1[0-2])",
  j: "(?:0\\d\\d|[12]\\d\\d|3[0-5]\\d|36[0-6])",
  "-j": "\\d{1,3}",
  L: "\\d{3}",
  M: "[0-5]\\d",
  "-M": "[1-5]?\\d",
  m: "(?:0[1-9]|1[0-2])",
  "-m": "(?:[1-9]|1[0-2])",
  p: "[AP]M",
  S: "[0-5]\\d",
  "-S": "[1-5]?\\d",
  w: "[0-6]",
  Y: "\\d{4}",
  y: "\\d{2}",
  "-y": "\\d{1,2}",
  Z: "[A-Z]{1,4}T",
  z: "[+-]\\d{4}",
  "%": "%",
};

/** The pattern of a line that begins an event, from a date format. A directive that there is not stands for itself. */
export function datePattern(format: string): RegExp {
  const source = format.replace(/%(-?[A-Za-z%])|[\s\S]/g, (text, directive: string | undefined) => {
    const known = directive === undefined ? undefined : directives[directive];
    return known ?? text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  });
  return new RegExp(source);
}
