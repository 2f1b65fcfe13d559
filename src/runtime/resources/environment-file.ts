/**
 * The variables of an environment file (Developer Guide, "Pass environment variables to an Amazon ECS container":
 * `VARIABLE=VALUE` a line, `#` begins a comment line, quotes and spaces belong to the value). Lines of another form
 * are skipped, as the agent does.
 */
export function parseEnvironmentFile(text: string): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const equals = line.indexOf("=");
    if (line.startsWith("#") || equals < 1) continue;
    variables[line.slice(0, equals)] = line.slice(equals + 1);
  }
  return variables;
}
