/**
 * Makes from the configuration what masks: the scanner with the detectors that are on, and the masker with its styles
 * and its key. The key is read once, at the start: another one gives other hashes, and all workers must agree.
 */
import { readSecretSource } from './adapters/credentials/secret-source.ts';
import type { MaskingConfig, SecretSource } from './config/config.ts';
import { GatehouseError } from './domain/errors.ts';
import type { ColumnMarkRule, MaskStyle } from './domain/masking-rules.ts';
import { revealSecret, Secret } from './domain/secret.ts';
import { BUILT_IN_KINDS } from './masking/finding.ts';
import { literalPattern } from './masking/literal-pattern.ts';
import { createMasker, type Masker } from './masking/masker.ts';
import { compileOperatorPattern, type OperatorPattern } from './masking/operator-pattern.ts';
import { createScanner } from './masking/scanner.ts';

export interface ComposedMasking {
  /** Shared by all sessions of a worker; its `scanner` looks for what is on. */
  readonly masker: Masker;
  /** The same without some kinds, for decisions that reveal them; `*` is all. One for each set of kinds is kept. */
  readonly maskerWithout: (kinds: readonly string[]) => Masker;
  /** The same as one of these, which besides finds this text to the letter: a credential of the gate's own. */
  readonly hiding: (masker: Masker, text: string) => Masker;
  /** What the configuration marks, on any upstream. */
  readonly rules: readonly ColumnMarkRule[];
  /** That of the style hash, where there is one: all workers of a fleet have the same. */
  readonly key: Secret<Uint8Array> | undefined;
}

/** HMAC-SHA-256 takes any key; a shorter one than its output could be guessed. */
const KEY_BYTES_MIN = 32;
const MASKERS_KEPT_MAX = 64;
/** What the gate's own credential is called where it is found in an answer. */
const GATE_CREDENTIAL = 'gate_credential';

/**
 * Rejects with `GH_MASKING_KEY` where the key cannot be read or is too short, and with `GH_CONFIG_INVALID` for a pattern
 * that cannot be compiled, which the configuration's own checks have refused already.
 */
export async function composeMasking(config: MaskingConfig): Promise<ComposedMasking> {
  const { style, detectors, columns } = config;
  const isOn = (kind: string): boolean => detectors[kind] !== 'off';
  const kinds = BUILT_IN_KINDS.filter(isOn);
  const patterns = config.patterns.map(compiled).filter(({ name }) => isOn(name));
  const key = config.key === undefined ? undefined : await readKey(config.key);
  const styles = Object.fromEntries(
    Object.entries(detectors).filter((entry): entry is [string, MaskStyle] => entry[1] !== 'off'),
  );
  const maskerOf = (left: (kind: string) => boolean, own: readonly OperatorPattern[] = []): Masker =>
    createMasker({
      scanner: createScanner({
        kinds: kinds.filter(left),
        patterns: [...patterns.filter(({ name }) => left(name)), ...own],
      }),
      styles,
      defaultStyle: style,
      ...(key === undefined ? {} : { key }),
    });
  const masker = maskerOf(() => true);
  const kept = new Map<string, Masker>();
  const hiding = new WeakMap<Masker, Map<string, Masker>>();
  return {
    masker,
    maskerWithout(revealed) {
      const without = masker.scanner.kinds.filter(
        (kind) => revealed.includes('*') || revealed.includes(kind),
      );
      if (without.length === 0) return masker;
      const name = without.join();
      let found = kept.get(name);
      if (found === undefined) {
        found = maskerOf((kind) => !without.includes(kind));
        if (kept.size >= MASKERS_KEPT_MAX) kept.clear();
        kept.set(name, found);
      }
      return found;
    },
    hiding(base, text) {
      let ofBase = hiding.get(base);
      if (ofBase === undefined) hiding.set(base, (ofBase = new Map()));
      let found = ofBase.get(text);
      if (found === undefined) {
        const literal = literalPattern(GATE_CREDENTIAL, text);
        found =
          literal === undefined ? base : maskerOf((kind) => base.scanner.kinds.includes(kind), [literal]);
        // The text is a secret, and stands in what is kept in any case.
        if (ofBase.size >= MASKERS_KEPT_MAX) ofBase.clear();
        ofBase.set(text, found);
      }
      return found;
    },
    rules: columns,
    key,
  };
}

function compiled(source: MaskingConfig['patterns'][number], index: number): OperatorPattern {
  const { name, pattern, keywords, ignoreCase, style } = source;
  const result = compileOperatorPattern({
    name,
    pattern,
    keywords,
    ignoreCase,
    ...(style === undefined ? {} : { style }),
  });
  if (result.ok) return result.pattern;
  throw new GatehouseError('GH_CONFIG_INVALID', "The gate's configuration is not valid.", {
    message: `masking.patterns[${index}].pattern: ${result.problem}`,
  });
}

const HOW_TO_MAKE_ONE = 'make one with: openssl rand -base64 48';

async function readKey(source: SecretSource): Promise<Secret<Uint8Array>> {
  const text = await readSecretSource(source).catch((cause: unknown) => {
    const why = cause instanceof GatehouseError ? cause.message : 'it cannot be read';
    throw refused(`${why}; the key is text: ${HOW_TO_MAKE_ONE}`, cause);
  });
  const bytes = new TextEncoder().encode(revealSecret(text));
  if (bytes.length < KEY_BYTES_MIN) {
    throw refused(`has ${bytes.length} bytes, and ${KEY_BYTES_MIN} is the least; ${HOW_TO_MAKE_ONE}`);
  }
  return new Secret(bytes);
}

function refused(why: string, cause?: unknown): GatehouseError {
  return new GatehouseError(
    'GH_MASKING_KEY',
    "The key of masking in the gate's configuration cannot be used.",
    {
      message: `masking.key: ${why}`,
      cause,
    },
  );
}
