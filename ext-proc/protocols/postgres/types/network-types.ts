/**
 * Addresses and UUIDs. The plain text of an address is the same however it came.
 * Specification: network.c (inet_send, cidr_send), mac.c, mac8.c, RFC 5952 for the text of IPv6, RFC 9562 for UUIDs.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import { type BaseType, constantType } from './base-type.ts';
import { addressBytes, addressText } from './ip-address.ts';

/** PGSQL_AF_INET and the one after it. */
const FAMILY_V4 = 2;
const FAMILY_V6 = 3;
const ADDRESS_HEADER_BYTES = 4;

interface Network {
  readonly address: Buffer;
  readonly bits: number;
}

function networkOfText(text: ByteString): Network | undefined {
  const parts = /^([0-9a-fA-F:.]{2,45})(?:\/(\d{1,3}))?$/.exec(text);
  const address = parts === null ? undefined : addressBytes(parts[1] as string);
  if (parts === null || address === undefined) return undefined;
  const bits = parts[2] === undefined ? address.length * 8 : Number(parts[2]);
  return bits > address.length * 8 ? undefined : { address, bits };
}

function networkOfBinary(binary: Buffer): Network | undefined {
  const family = binary[0];
  const address = binary.subarray(ADDRESS_HEADER_BYTES);
  if (binary.length < ADDRESS_HEADER_BYTES || binary[3] !== address.length) return undefined;
  const bits = binary[1] as number;
  if (family !== (address.length === 4 ? FAMILY_V4 : FAMILY_V6) || bits > address.length * 8)
    return undefined;
  return address.length === 4 || address.length === 16 ? { address, bits } : undefined;
}

function networkType(cidr: boolean): BaseType {
  const textOf = (network: Network | undefined): ByteString | undefined => {
    if (network === undefined) return undefined;
    const { address, bits } = network;
    return addressText(address) + (cidr || bits < address.length * 8 ? `/${bits}` : '');
  };
  return {
    shape: () => ({ type: 'inet' }),
    scanText: 'never',
    scanBinary: 'never',
    plainOfText: (text) => textOf(networkOfText(text)),
    textOfPlain: (plain) => textOf(networkOfText(plain)),
    plainOfBinary: (binary) => textOf(networkOfBinary(binary)),
    binaryOfPlain: (plain) => {
      const network = networkOfText(plain);
      if (network === undefined) return undefined;
      const { address, bits } = network;
      const family = address.length === 4 ? FAMILY_V4 : FAMILY_V6;
      return Buffer.concat([Buffer.of(family, bits, cidr ? 1 : 0, address.length), address]);
    },
  };
}

const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const UUID: BaseType = {
  shape: () => ({ type: 'uuid' }),
  scanText: 'raw',
  scanBinary: 'rendered',
  plainOfText: (text) => text,
  textOfPlain: (plain) => (UUID_TEXT.test(plain) ? plain : undefined),
  plainOfBinary: (binary) =>
    binary.length === 16
      ? binary.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
      : undefined,
  binaryOfPlain: (plain) =>
    UUID_TEXT.test(plain) ? Buffer.from(plain.replaceAll('-', ''), 'hex') : undefined,
};

function hardwareType(bytes: number): BaseType {
  const zeros = Buffer.alloc(bytes);
  const textOf = (binary: Buffer): ByteString | undefined =>
    binary.length === bytes ? binary.toString('hex').replace(/..(?!$)/g, '$&:') : undefined;
  return { ...constantType(textOf(zeros) ?? '', zeros), plainIsText: true, plainOfBinary: textOf };
}

export const NETWORK_TYPES = {
  inet: networkType(false),
  cidr: networkType(true),
  macaddr: hardwareType(6),
  macaddr8: hardwareType(8),
  uuid: UUID,
} as const satisfies Record<string, BaseType>;
