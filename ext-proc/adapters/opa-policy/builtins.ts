/**
 * Functions of Rego that OPA's WebAssembly leaves to its host, and that this gate supplies. Only deterministic ones:
 * equal inputs must give equal decisions, or decisions could not be reused. `policies-rego/capabilities.json` names the
 * same, so that a policy that calls another fails when it is built; opa-wasm's own (its sprintf, its regular
 * expressions and YAML in JavaScript) are left out because they differ from OPA's.
 * Values arrive as JSON: a set comes as a list. An operand of the wrong type throws, which denies.
 */
import { createHash } from 'node:crypto';
import { GatehouseError } from '../../domain/errors.ts';

export const SUPPLIED_BUILTINS: Readonly<Record<string, (...values: never[]) => unknown>> = {
  'crypto.sha256': (text: unknown): string => createHash('sha256').update(asText(text), 'utf8').digest('hex'),
  'strings.any_prefix_match': (texts: unknown, prefixes: unknown): boolean => {
    const bases = asTexts(prefixes);
    return asTexts(texts).some((text) => bases.some((prefix) => text.startsWith(prefix)));
  },
  'strings.any_suffix_match': (texts: unknown, suffixes: unknown): boolean => {
    const bases = asTexts(suffixes);
    return asTexts(texts).some((text) => bases.some((suffix) => text.endsWith(suffix)));
  },
  'strings.count': (text: unknown, part: unknown): number => {
    const searched = asText(part);
    // An empty part is found before every character and at the end.
    if (searched === '') return Array.from(asText(text)).length + 1;
    return asText(text).split(searched).length - 1;
  },
};

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GatehouseError('GH_POLICY_ENGINE', 'A function of the policy got a value that is not text.');
}

function asTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(asText) : [asText(value)];
}
