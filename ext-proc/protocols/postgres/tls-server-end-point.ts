/**
 * The channel binding `tls-server-end-point`: the hash of the server's certificate, by the hash function of the
 * certificate's own signature, SHA-256 in place of MD5 and SHA-1.
 * Specification: RFC 5929 section 4.1; X.509 as in RFC 5280 section 4.1; signature OIDs of RFC 8017, RFC 5758 and
 * RFC 4055. Reads only the certificate's outermost layer; whether it is to be trusted TLS has said already.
 */
import { createHash } from 'node:crypto';

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const CONTEXT_0 = 0xa0;

/** OIDs as hex of their DER contents. */
const HASH_OF_SIGNATURE: ReadonlyMap<string, string> = new Map([
  ['2a864886f70d010104', 'sha256'], // md5WithRSAEncryption
  ['2a864886f70d010105', 'sha256'], // sha1WithRSAEncryption
  ['2a864886f70d01010e', 'sha224'],
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d0401', 'sha256'], // ecdsa-with-SHA1
  ['2a8648ce3d040301', 'sha224'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
]);
const RSASSA_PSS = '2a864886f70d01010a';
const HASH_OF_OID: ReadonlyMap<string, string> = new Map([
  ['2b0e03021a', 'sha256'], // SHA-1, which is also what an absent field means
  ['608648016503040204', 'sha224'],
  ['608648016503040201', 'sha256'],
  ['608648016503040202', 'sha384'],
  ['608648016503040203', 'sha512'],
]);

/** What `UpstreamLogin` needs to bind SCRAM to the TLS connection under it. */
export interface ChannelBinding {
  /** The server's certificate as it was presented. */
  readonly certificateDer: Uint8Array;
  /** The hash function's name, as node:crypto knows it. */
  readonly hash: string;
}

/** Undefined where the signature has no hash of its own (Ed25519) or is unknown: there is nothing to bind to then. */
export function tlsServerEndPoint(certificateDer: Uint8Array): ChannelBinding | undefined {
  const certificate = element(certificateDer, 0, SEQUENCE);
  if (certificate === undefined) return undefined;
  const toBeSigned = element(certificate.content, 0, SEQUENCE);
  if (toBeSigned === undefined) return undefined;
  const algorithm = element(certificate.content, toBeSigned.end, SEQUENCE);
  if (algorithm === undefined) return undefined;
  const oid = element(algorithm.content, 0, OBJECT_IDENTIFIER);
  if (oid === undefined) return undefined;
  const name = hex(oid.content);
  const hash =
    name === RSASSA_PSS ? hashOfPss(algorithm.content.subarray(oid.end)) : HASH_OF_SIGNATURE.get(name);
  return hash === undefined ? undefined : { certificateDer, hash };
}

/** The bytes that both sides put into SCRAM's `c=`. */
export function channelBindingData(binding: ChannelBinding): Buffer {
  return createHash(binding.hash).update(binding.certificateDer).digest();
}

/** RFC 4055 section 3.1: RSASSA-PSS-params, whose field [0] is the hash, SHA-1 where it is absent. */
function hashOfPss(parameters: Uint8Array): string | undefined {
  const fields = element(parameters, 0, SEQUENCE);
  if (fields === undefined) return undefined;
  const tagged = element(fields.content, 0, CONTEXT_0);
  if (tagged === undefined) return 'sha256';
  const algorithm = element(tagged.content, 0, SEQUENCE);
  const oid = algorithm === undefined ? undefined : element(algorithm.content, 0, OBJECT_IDENTIFIER);
  return oid === undefined ? undefined : HASH_OF_OID.get(hex(oid.content));
}

interface DerElement {
  readonly content: Uint8Array;
  /** Where the next element starts. */
  readonly end: number;
}

/** The DER element at `at`, where it has this tag and lies within the bytes. */
function element(bytes: Uint8Array, at: number, tag: number): DerElement | undefined {
  if (bytes[at] !== tag) return undefined;
  const first = bytes[at + 1];
  if (first === undefined) return undefined;
  let length = first;
  let start = at + 2;
  if (first >= 0x80) {
    const count = first - 0x80;
    if (count < 1 || count > 4) return undefined;
    length = 0;
    for (let index = 0; index < count; index++) {
      const byte = bytes[start++];
      if (byte === undefined) return undefined;
      length = length * 256 + byte;
    }
  }
  const end = start + length;
  return end > bytes.length ? undefined : { content: bytes.subarray(start, end), end };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
