/** A host and a port, with or without a scheme, and nothing behind them. */
const syntax = /^(https?:\/\/)?([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?\/?$/;

/**
 * Reads how people name a registry: `registry.example`, `10.0.0.7:5000`, `http://localhost:5000`. HTTPS unless it says
 * otherwise; `undefined` for a text that can name none.
 */
export function parseRegistryUrl(text: string): URL | undefined {
  const whole = /^https?:\/\//.test(text) ? text : `https://${text}`;
  return syntax.test(text) && URL.canParse(whole) ? new URL(whole) : undefined;
}
