/**
 * What a refusal says each time: EC2's end in an encoded message that is another one at every call, and what is noted
 * must not look new then.
 */
export function lastingWords(refusal: string): string {
  const [lasting = refusal] = refusal.split(" Encoded authorization failure message:");
  return lasting;
}
