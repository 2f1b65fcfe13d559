/** Severities as ECR tells them (API Reference, "ImageScanFinding"). */
export type Severity = "CRITICAL" | "HIGH" | "MEDIUM" | "LOW" | "INFORMATIONAL" | "UNDEFINED";

/** From the gravest to what is not known. */
export const severities: readonly Severity[] = [
  "CRITICAL",
  "HIGH",
  "MEDIUM",
  "LOW",
  "INFORMATIONAL",
  "UNDEFINED",
];

/** Weights of the base metrics (CVSS v3.1 specification, section 7.4); PR is another where the scope changes. */
const weights: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  PR: { N: 0.85, L: 0.62, H: 0.27 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
};
const privilegesOfChangedScope: Readonly<Record<string, number>> = { N: 0.85, L: 0.68, H: 0.5 };

/** The base score of a CVSS v3.0 or v3.1 vector, 0 to 10; `undefined` when it is none (specification, section 7.1). */
export function baseScore(vector: string): number | undefined {
  if (!/^CVSS:3\.[01]\//.test(vector)) return undefined;
  const metrics = new Map(vector.split("/").map((part) => part.split(":", 2) as [string, string]));
  const scope = metrics.get("S");
  if (scope !== "U" && scope !== "C") return undefined;
  const weight = (metric: string): number => {
    const table = metric === "PR" && scope === "C" ? privilegesOfChangedScope : weights[metric];
    return table?.[metrics.get(metric) ?? ""] ?? Number.NaN;
  };
  const lost = 1 - (1 - weight("C")) * (1 - weight("I")) * (1 - weight("A"));
  const impact = scope === "U" ? 6.42 * lost : 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02) ** 15;
  const exploitability = 8.22 * weight("AV") * weight("AC") * weight("PR") * weight("UI");
  const sum = impact + exploitability;
  if (Number.isNaN(sum)) return undefined;
  if (impact <= 0) return 0;
  return roundUp(Math.min(scope === "U" ? sum : 1.08 * sum, 10));
}

/** To one decimal, upwards; by whole numbers, as the specification's appendix A says. */
function roundUp(value: number): number {
  const whole = Math.round(value * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
}

/** The rating of a base score (specification, section 5). */
export function severityOfScore(score: number): Severity {
  if (score >= 9) return "CRITICAL";
  if (score >= 7) return "HIGH";
  if (score >= 4) return "MEDIUM";
  return score > 0 ? "LOW" : "INFORMATIONAL";
}

/** What distributions call severities. */
const words: Readonly<Record<string, Severity>> = {
  critical: "CRITICAL",
  high: "HIGH",
  important: "HIGH",
  medium: "MEDIUM",
  moderate: "MEDIUM",
  low: "LOW",
  negligible: "INFORMATIONAL",
  unimportant: "INFORMATIONAL",
  none: "INFORMATIONAL",
};

/** The severity that a distribution's word means; `undefined` for a word that says nothing. */
export function severityOfWord(word: string): Severity | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(words, lower) ? words[lower] : undefined;
}
